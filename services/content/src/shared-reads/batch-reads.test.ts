import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { batchReads } from './batch-reads.ts';

function createBatched(maxBatch = 3) {
  const batches: { keys: string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const read = batchReads(
    (keys: string[]) =>
      new Promise<string[]>((resolve, reject) => {
        batches.push({ keys, end: () => resolve(keys.map((key) => key.toUpperCase())), fail: reject });
      }),
    { maxBatch },
  );
  const keysOf = () => batches.map(({ keys }) => keys.join(''));
  return { read, batches, keysOf };
}

describe('batchReads', () => {
  it('reads together what is wanted in one turn, up to the limit, and gives each caller its own value', async () => {
    const { read, batches, keysOf } = createBatched();
    const all = Promise.all(['a', 'b', 'c', 'd'].map(read));
    await nextTurn();
    await nextTurn();
    expect(keysOf()).toEqual(['abc', 'd']);
    for (const { end } of batches) end();
    await expect(all).resolves.toEqual(['A', 'B', 'C', 'D']);
  });

  it('collects what is wanted while two batches are running', async () => {
    const { read, batches, keysOf } = createBatched();
    const values: Promise<string>[] = [];
    for (const key of ['a', 'b', 'c', 'd']) {
      values.push(read(key));
      await nextTurn();
      await nextTurn();
    }
    expect(keysOf()).toEqual(['a', 'b']);
    batches[1]?.end();
    await nextTurn();
    await nextTurn();
    expect(keysOf()).toEqual(['a', 'b', 'cd']);
    batches[2]?.end();
    batches[0]?.end();
    await expect(Promise.all(values)).resolves.toEqual(['A', 'B', 'C', 'D']);
  });

  it('passes a failure to the callers of its batch alone', async () => {
    const { read, batches } = createBatched(1);
    const values = Promise.allSettled([read('a'), read('b')]);
    await nextTurn();
    await nextTurn();
    batches[0]?.fail(new Error('no'));
    batches[1]?.end();
    await expect(values).resolves.toMatchObject([
      { status: 'rejected', reason: { message: 'no' } },
      { status: 'fulfilled', value: 'B' },
    ]);
  });
});
