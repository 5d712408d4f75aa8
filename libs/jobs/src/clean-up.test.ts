import { expect, it } from '@jest/globals';
import type { Logger } from '@lms/runtime';
import { cleanUp } from './clean-up.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger;

/** A table of `rows` rows; `refuse` says which batches fail. */
function table(rows: number, refuse: (limit: number) => boolean = () => false) {
  const limits: number[] = [];
  return {
    limits,
    left: () => rows,
    async deleteBatch(limit: number) {
      limits.push(limit);
      if (refuse(limit)) throw new Error('canceling statement due to statement timeout');
      const deleted = Math.min(limit, rows);
      rows -= deleted;
      return deleted;
    },
  };
}

it('deletes everything in batches', async () => {
  const old = table(2_500);
  expect(await cleanUp({ old: old.deleteBatch }, { log: silent })).toEqual({ old: 2_500 });
  expect(old.limits).toEqual([1_000, 1_000, 1_000]);
});

it('continues with smaller batches when a batch is too big for the database', async () => {
  const slow = table(250, (limit) => limit > 100);
  await cleanUp({ slow: slow.deleteBatch }, { log: silent });
  expect([slow.left(), slow.limits]).toEqual([0, [1_000, 100, 100, 100]]);
});

it('gives up a step that fails even for one row, does the others, and reports the failure', async () => {
  const [broken, fine] = [table(10, () => true), table(10)];
  const steps = { broken: broken.deleteBatch, fine: fine.deleteBatch };
  await expect(cleanUp(steps, { log: silent })).rejects.toThrow(AggregateError);
  expect(broken.limits).toEqual([1_000, 100, 10, 1]);
  expect(fine.left()).toBe(0);
});

it('makes progress in every step and stops when its time is used up; the next run continues', async () => {
  const [one, two] = [table(25), table(15)];
  const run = (budgetMs: number) =>
    cleanUp({ one: one.deleteBatch, two: two.deleteBatch }, { log: silent, budgetMs, limit: 10 });
  expect(await run(0)).toEqual({ one: 10, two: 10 });
  expect(await run(60_000)).toEqual({ one: 15, two: 5 });
});

it('stops when the process does', async () => {
  const many = table(1_000_000);
  const stop = new AbortController();
  const deleteBatch = async (limit: number) => {
    stop.abort();
    return many.deleteBatch(limit);
  };
  await expect(cleanUp({ many: deleteBatch }, { log: silent, signal: stop.signal })).rejects.toThrow(
    'aborted',
  );
  expect(many.limits).toHaveLength(1);
});
