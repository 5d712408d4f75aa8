import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

test('limits how many run at the same time, and runs all of them eventually', async () => {
  const slots = createSlots(2);
  let running = 0;
  let most = 0;
  const work = async (n: number) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(5);
    running -= 1;
    return n;
  };
  const results = await Promise.all([1, 2, 3, 4, 5].map((n) => slots.run(() => work(n), never)));
  expect(results).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('work that throws releases its slot', async () => {
  const slots = createSlots(1);
  await expect(slots.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
  expect(await slots.run(async () => 'next', never)).toBe('next');
});

test('work whose caller stops waiting does not run and does not block others', async () => {
  const slots = createSlots(1);
  const first = Promise.withResolvers<void>();
  const running = slots.run(() => first.promise, never);
  const impatient = new AbortController();
  let ran = false;
  const waiting = slots.run(async () => {
    ran = true;
  }, impatient.signal);
  const patient = slots.run(async () => 'done', never);
  impatient.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  first.resolve();
  await running;
  expect(await patient).toBe('done');
  expect(ran).toBe(false);
});
