/** The part of JSON Schema (draft 7, which Helm 3 and 4 read) that values.schema.json uses. */
export interface JsonSchema {
  $schema?: string;
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: readonly (string | number | boolean)[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  minProperties?: number;
  required?: string[];
  anyOf?: JsonSchema[];
  definitions?: Record<string, JsonSchema>;
}

/** An object with only these keys, all of them optional. */
export const object = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

export const mapOf = (additionalProperties: JsonSchema): JsonSchema => ({
  type: 'object',
  additionalProperties,
});
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
export const text = (pattern?: string): JsonSchema => ({ type: 'string', ...(pattern ? { pattern } : {}) });
export const oneOf = (...values: string[]): JsonSchema => ({ type: 'string', enum: values });
export const whole = (minimum: number, maximum: number): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
});
export const flag: JsonSchema = { type: 'boolean' };
export const reference = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
