import { expect, test } from '@jest/globals';
import { storable } from './storable.ts';

test('only characters that PostgreSQL cannot store are removed or replaced, at every depth', () => {
  const half = '\ud83d';
  expect(storable({ a: ['x\0y', 1, null], b: { c: `z${half}` }, d: '😀 má' })).toEqual({
    a: ['xy', 1, null],
    b: { c: 'z\ufffd' },
    d: '😀 má',
  });
});
