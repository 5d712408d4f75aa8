import { afterEach, expect, test } from '@jest/globals';
import { createEnglishGrammar, type EnglishGrammar } from './english-grammar.ts';

const never = new AbortController().signal;
const text = 'She go to school every day.';
let grammar: EnglishGrammar;
afterEach(() => grammar.close());
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { details?: { reason?: string; providerCode?: string } }) =>
      error.details?.providerCode ?? error.details?.reason,
  );

test('texts that arrive at the same time are all checked, one after the other', async () => {
  grammar = createEnglishGrammar();
  const found = await Promise.all(Array.from({ length: 5 }, () => grammar.check(text, 'en', never)));
  expect(found.every((lints) => lints.some(({ start }) => text.slice(start).startsWith('go')))).toBe(true);
}, 90_000);

test('a start that takes too long also ends the thread', async () => {
  grammar = createEnglishGrammar({ startTimeoutMs: 1 });
  expect(await reasonOf(grammar.check(text, 'en', never))).toBe('timeout');
}, 90_000);

test('a text that takes too long ends the thread, however long its start took', async () => {
  grammar = createEnglishGrammar({ timeoutMs: 1 });
  const long = 'He have the the cat who go their house. '.repeat(240);
  expect(await reasonOf(grammar.check(long, 'en', never))).toBe('timeout');
  expect(await reasonOf(grammar.check(long, 'en', AbortSignal.abort()))).toBe('aborted');
}, 90_000);
