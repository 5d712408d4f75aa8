/** The part of JSON Schema that event contracts use. */
export interface JsonSchema {
  description?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

/** Describes a schema in a few words, such as `uuid or null` or `one of learner, editor, admin`. */
export function describeType(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(describeType).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  switch (schema.type) {
    case 'string':
      return withLimits(formats[schema.format ?? ''] ?? schema.format ?? 'text', textLimits(schema));
    case 'integer':
    case 'number':
      return withLimits(schema.type, numberLimits(schema));
    case 'array':
      return withLimits(
        `list of ${describeType(schema.items ?? {})}`,
        schema.maxItems === undefined ? '' : `at most ${schema.maxItems}`,
      );
    default:
      return schema.type ?? 'anything';
  }
}

const formats: Record<string, string> = { 'date-time': 'time (RFC 3339)', uri: 'URL' };

function withLimits(name: string, limits: string): string {
  return limits ? `${name}, ${limits}` : name;
}

function textLimits({ maxLength }: JsonSchema): string {
  return maxLength === undefined ? '' : `at most ${maxLength} characters`;
}

/** Omits the bounds of JavaScript's safe integers, which mean nothing to readers. */
function numberLimits({ minimum, maximum }: JsonSchema): string {
  const bounds = [
    minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `at least ${minimum}` : '',
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `at most ${maximum}` : '',
  ];
  return bounds.filter(Boolean).join(', ');
}
