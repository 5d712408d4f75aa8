import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { loopTimeOf } from './loop-time-of.ts';

describe('the time of the event loop', () => {
  it('counts while work waits', async () => {
    const { result, ms } = await loopTimeOf(() => sleep(300, 'done'));
    expect(result).toBe('done');
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(310);
  });

  it('does not advance while the process is stopped', async () => {
    const { ms } = await loopTimeOf(async () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await sleep(1);
    });
    expect(ms).toBeLessThanOrEqual(50);
  });
});
