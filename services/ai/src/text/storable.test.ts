import { expect, test } from '@jest/globals';
import { storable } from './storable.ts';

test('what PostgreSQL cannot keep is taken out, at every depth, and nothing else', () => {
  const half = '\ud83d';
  expect(storable({ a: ['x\0y', 1, null], b: { c: `z${half}` }, d: '😀 má' })).toEqual({
    a: ['xy', 1, null],
    b: { c: 'z\ufffd' },
    d: '😀 má',
  });
});
