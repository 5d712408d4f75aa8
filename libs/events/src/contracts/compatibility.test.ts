import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { withMessage } from '@lms/testing';
import { z } from 'zod';
import { findBreakingChanges, type PublishedSchema, publishedSchema } from './compatibility.ts';
import type { EventContract } from './define-event.ts';
import { eventContracts } from './event-contracts.ts';
import { schemaFile } from './schema-files.ts';

const folder = new URL('../../schemas/', import.meta.url);
const published = readdirSync(folder).map((file) => ({
  file,
  schema: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as PublishedSchema,
}));
const contracts = eventContracts as unknown as EventContract[];

describe('published schemas', () => {
  it.each(published)('$file: the contract is compatible with its published schema', ({ schema }) => {
    const contract = contracts.find(
      ({ type, version }) => type === schema.type && version === schema.version,
    );
    if (!contract)
      throw new Error(`${schema.type} version ${schema.version} was published and has no contract`);
    expect(findBreakingChanges(schema, publishedSchema(contract))).toEqual([]);
  });

  it('are up to date for every contract (npm run schemas -w @lms/events)', () => {
    const files = new Map(published.map(({ file, schema }) => [file, schema]));
    for (const contract of contracts) {
      withMessage(schemaFile(contract), () =>
        expect(files.get(schemaFile(contract))).toEqual(publishedSchema(contract)),
      );
    }
  });
});

describe('findBreakingChanges', () => {
  const base = z.object({
    id: z.uuid(),
    kind: z.enum(['a', 'b']),
    note: z.string().max(10).optional(),
    score: z.number().min(0).max(1).nullable(),
    items: z.array(z.object({ name: z.string() })),
  });
  const schemaOf = (data: z.ZodType) =>
    publishedSchema({ type: 't', version: 1, topic: 'lms.auth.v1', summary: '', data, key: () => '' });
  const changes = (next: z.ZodType) => findBreakingChanges(schemaOf(base), schemaOf(next));

  it.each([
    ['nothing changed', base],
    ['an optional field was added', base.extend({ more: z.string().optional() })],
    ['an optional field was removed', base.omit({ note: true })],
    ['a description was added', base.extend({ id: z.uuid().describe('of the thing') })],
    ['values of an enum were reordered', base.extend({ kind: z.enum(['b', 'a']) })],
  ])('allows: %s', (_what, next) => {
    expect(changes(next)).toEqual([]);
  });

  it.each([
    ['a required field was removed', base.omit({ id: true }), 'data.id: was always there'],
    ['a required field was added', base.extend({ more: z.string() }), 'data.more: must now be there'],
    [
      'a required field became optional',
      base.extend({ id: z.uuid().optional() }),
      'data.id: was always there',
    ],
    [
      'an optional field became required',
      base.extend({ note: z.string().max(10) }),
      'data.note: must now be there',
    ],
    ['a type changed', base.extend({ id: z.number() }), 'data.id.type'],
    ['a format changed', base.extend({ id: z.string() }), 'data.id.format'],
    ['a value of an enum was removed', base.extend({ kind: z.enum(['a']) }), 'data.kind'],
    ['a value of an enum was added', base.extend({ kind: z.enum(['a', 'b', 'c']) }), 'data.kind.enum'],
    ['a limit changed', base.extend({ note: z.string().max(5).optional() }), 'data.note.maxLength'],
    ['null is no longer allowed', base.extend({ score: z.number().min(0).max(1) }), 'data.score'],
    ['a nested field was removed', base.extend({ items: z.array(z.object({})) }), 'data.items.items.name'],
  ])('finds: %s', (_what, next, where) => {
    expect(changes(next).join('\n')).toContain(where);
  });

  it('finds another topic or version', () => {
    const next = { ...schemaOf(base), topic: 'lms.content.v1', version: 2 };
    expect(findBreakingChanges(schemaOf(base), next)).toHaveLength(2);
  });
});
