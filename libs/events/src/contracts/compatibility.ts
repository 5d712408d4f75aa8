import { z } from 'zod';
import type { EventContract } from './define-event.ts';

type JsonSchema = { [key: string]: unknown };

/** A published schema, on which every reader and every stored event relies. */
export interface PublishedSchema {
  type: string;
  version: number;
  topic: string;
  data: JsonSchema;
}

/** A contract in the form that is kept in `schemas/`. */
export function publishedSchema({ type, version, topic, data }: EventContract): PublishedSchema {
  return { type, version, topic, data: eventDataSchema(data) };
}

/** JSON Schema (2020-12) of an event's data, as it is published. */
export function eventDataSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'output' });
  return published(rest) as JsonSchema;
}

/**
 * The breaking changes in `next`, by path; empty if there are none. Old readers receive new events during a
 * rolling deployment, and new readers receive old events, because topics keep them for days: so both directions
 * count. Optional fields may be added and removed; everything else (a required field, a type, a limit, a value of
 * an enum) must not change within a version.
 */
export function findBreakingChanges(before: PublishedSchema, next: PublishedSchema): string[] {
  const moved = (['type', 'version', 'topic'] as const).filter((name) => before[name] !== next[name]);
  return [
    ...moved.map((name) => `${name}: was ${before[name]}, is ${next[name]}`),
    ...compare(before.data, next.data, 'data'),
  ];
}

const annotations = new Set(['description', 'title', 'examples', '$comment', 'deprecated']);

function compare(before: JsonSchema, after: JsonSchema, path: string): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (annotations.has(name)) return [];
    if (name === 'properties') return compareProperties(before, after, path);
    if (name === 'required') return compareRequired(before, after, path);
    return compareValues(before[name], after[name], `${path}.${name}`);
  });
}

function compareProperties(before: JsonSchema, after: JsonSchema, path: string): string[] {
  const [was, is] = [before.properties ?? {}, after.properties ?? {}] as Record<string, JsonSchema>[];
  const kept = Object.keys(was ?? {}).filter((name) => is && name in is);
  return kept.flatMap((name) =>
    compare(was?.[name] as JsonSchema, is?.[name] as JsonSchema, `${path}.${name}`),
  );
}

function compareRequired(before: JsonSchema, after: JsonSchema, path: string): string[] {
  const was = (before.required ?? []) as string[];
  const is = (after.required ?? []) as string[];
  const gone = was.filter((name) => !is.includes(name));
  const added = is.filter((name) => !was.includes(name));
  return [
    ...gone.map((name) => `${path}.${name}: was always there, may now be missing`),
    ...added.map((name) => `${path}.${name}: must now be there, older events lack it`),
  ];
}

function compareValues(before: unknown, after: unknown, path: string): string[] {
  if (isObject(before) && isObject(after)) return compare(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    const [was, is] = path.endsWith('.enum') ? [before.toSorted(), after.toSorted()] : [before, after];
    return was.flatMap((value, index) => compareValues(value, is[index], `${path}[${index}]`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [`${path}: was ${JSON.stringify(before)}, is ${JSON.stringify(after)}`];
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Readers ignore unknown fields, so published schemas must not forbid them. How a format is checked is internal to
 * this library, so zod's pattern for it is not published.
 */
function published(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(published);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(
    ([name, inner]) =>
      !(name === 'additionalProperties' && inner === false) && !(name === 'pattern' && 'format' in value),
  );
  return Object.fromEntries(entries.map(([name, inner]) => [name, published(inner)]));
}
