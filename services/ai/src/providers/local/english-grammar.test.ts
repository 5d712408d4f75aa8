import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { createEnglishGrammar, type EnglishGrammar } from './english-grammar.ts';

const never = new AbortController().signal;
const text = 'She go to school every day.';
let grammar: EnglishGrammar;
afterEach(() => grammar?.close());
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

test('a start that takes too long also ends the process', async () => {
  grammar = createEnglishGrammar({ startTimeoutMs: 1 });
  expect(await reasonOf(grammar.check(text, 'en', never))).toBe('timeout');
}, 90_000);

test('a text that takes too long ends the process, however long its start took', async () => {
  grammar = createEnglishGrammar({ timeoutMs: 1 });
  const long = 'He have the the cat who go their house. '.repeat(240);
  expect(await reasonOf(grammar.check(long, 'en', never))).toBe('timeout');
  expect(await reasonOf(grammar.check(long, 'en', AbortSignal.abort()))).toBe('aborted');
}, 90_000);

test('there is a process only while it is used, and at most one', async () => {
  grammar = createEnglishGrammar({ idleMs: 300 });
  expect(checkersOf(process.pid)).toEqual([]);
  const checks = [grammar.check(text, 'en-US', never), grammar.check(text, 'en-GB', never)];
  await eventuallyPasses('the process exists', () => expect(checkersOf(process.pid)).toHaveLength(1));
  await Promise.all(checks);
  await eventuallyPasses('the idle process has ended', () => expect(checkersOf(process.pid)).toEqual([]));
}, 90_000);

test('a process that dies fails its text, and the next text starts another', async () => {
  grammar = createEnglishGrammar();
  await grammar.check(text, 'en', never);
  const [checker = 0] = checkersOf(process.pid);
  const lost = reasonOf(grammar.check(text, 'en', never));
  process.kill(checker, 'SIGKILL');
  expect(await lost).toBe('stopped');
  await eventuallyPasses('the process has ended', () =>
    expect(checkersOf(process.pid)).not.toContain(checker),
  );
  expect((await grammar.check(text, 'en', never)).length).toBeGreaterThan(0);
}, 90_000);

test('it ends with the process that started it, even when that is killed', async () => {
  const file = join(import.meta.dirname, 'english-grammar.ts');
  const script = `const { createEnglishGrammar } = await import(${JSON.stringify(file)});
    await createEnglishGrammar().check('She go home.', 'en', new AbortController().signal);
    console.log('checked'); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  const [checker = 0] = checkersOf(parent.pid ?? 0);
  expect(environmentOf(checker)).not.toMatch(/PATH|SECRET|_URL/);
  parent.kill('SIGKILL');
  await eventuallyPasses('the checker has ended', () =>
    expect(() => process.kill(checker, 0)).toThrow('ESRCH'),
  );
}, 90_000);

/** Ids of the checkers that a process has started and that are running. */
function checkersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map(Number).filter((child) => commandOf(child).includes('grammar-worker'));
}

/** Empty for a process that has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, 'utf8');
}
