import { expect, test } from '@jest/globals';
import { describeType } from './describe-type.ts';

test.each([
  [{ type: 'string', format: 'uuid' }, 'uuid'],
  [{ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] }, 'time (RFC 3339) or null'],
  [{ type: 'string', maxLength: 35 }, 'text, at most 35 characters'],
  [{ type: 'string', enum: ['learner', 'editor'] }, 'one of learner, editor'],
  [{ type: ['boolean', 'null'] }, 'boolean or null'],
  [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'integer, at least 0'],
  [{ type: 'number', minimum: 0, maximum: 1 }, 'number, at least 0, at most 1'],
  [{ type: 'array', items: { type: 'string' }, maxItems: 5 }, 'list of text, at most 5'],
  [{ const: '1.0' }, '"1.0"'],
  [{}, 'anything'],
])('%j is “%s”', (schema, text) => {
  expect(describeType(schema)).toBe(text);
});
