import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Manifest } from './manifests.ts';

type Schema = Record<string, unknown> & {
  properties?: Record<string, Schema>;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
};

const folder = join(import.meta.dirname, '../../schemas');
const ajv = new Ajv({
  strict: false,
  validateFormats: false,
  allErrors: true,
  code: { regExp: Object.assign(goRegExp, { code: 'goRegExp' }) },
});
const validators = loadValidators();

/**
 * Checks an object against the published schema of its kind, strictly: a field that the schema does not know is
 * a problem too (the API server would drop it, or refuse it under strict validation).
 * @returns one line for each problem; empty if there is none.
 */
export function schemaProblems(manifest: Manifest): string[] {
  const where = `${manifest.kind}/${manifest.metadata?.name}`;
  const validate = validators.get(`${manifest.apiVersion}/${manifest.kind}`)?.();
  if (!validate) return [`${where}: no schema for ${manifest.apiVersion} ${manifest.kind} in k8s/schemas`];
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    return `${where}: ${instancePath || '/'} ${message}${extra ? ` (${extra})` : ''}`;
  });
}

/** Patterns are written for Go, where a leading `(?i)` means case-insensitive. */
function goRegExp(pattern: string, flags: string): RegExp {
  return pattern.includes('(?i)')
    ? new RegExp(pattern.replaceAll('(?i)', ''), `${flags}i`)
    : new RegExp(pattern, flags);
}

/** By `<apiVersion>/<kind>`. Compiled on first use: compiling all takes seconds, and a test needs only a few. */
function loadValidators(): Map<string, () => ValidateFunction> {
  const found = new Map<string, () => ValidateFunction>();
  const { definitions } = JSON.parse(readFileSync(join(folder, 'kubernetes.json'), 'utf8')) as {
    definitions: Record<string, Schema>;
  };
  ajv.addSchema({ $id: 'kubernetes', definitions: strict(definitions) as Record<string, Schema> });
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const key = `${group ? `${group}/` : ''}${version}/${kind}`;
      found.set(
        key,
        once(() => ajv.compile({ $ref: `kubernetes#/definitions/${name}` })),
      );
    }
  }
  for (const file of readdirSync(join(folder, 'crds'))) {
    const { spec } = JSON.parse(readFileSync(join(folder, 'crds', file), 'utf8')) as {
      spec: {
        group: string;
        names: { kind: string };
        versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
      };
    };
    for (const { name, schema } of spec.versions) {
      const whole = structuredClone(schema.openAPIV3Schema);
      whole.properties = {
        ...whole.properties,
        metadata: { $ref: 'kubernetes#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      };
      found.set(
        `${spec.group}/${name}/${spec.names.kind}`,
        once(() => ajv.compile(strict(whole) as Schema)),
      );
    }
  }
  return found;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The same schema, but refusing unknown fields, and accepting numbers where Kubernetes accepts them as text. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const result = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'properties'
        ? Object.fromEntries(Object.entries(value as object).map(([name, child]) => [name, strict(child)]))
        : strict(value),
    ]),
  ) as Schema;
  const isIntOrString = result.format === 'int-or-string' || result['x-kubernetes-int-or-string'] === true;
  if (isIntOrString) return { type: ['integer', 'string'] };
  if (
    typeof result.properties === 'object' &&
    result.additionalProperties === undefined &&
    result['x-kubernetes-preserve-unknown-fields'] !== true
  )
    result.additionalProperties = false;
  return result;
}
