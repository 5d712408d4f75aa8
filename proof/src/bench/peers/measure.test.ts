import { describe, expect, it } from '@jest/globals';
import type { Work } from './contender.ts';
import { measure } from './measure.ts';
import type { Program } from './program.ts';

/** Work of this process that takes 2 ms of CPU time each. */
function busyWork(): Work & { amounts: number[] } {
  const amounts: number[] = [];
  return {
    amounts,
    url: '',
    next: () => ({ method: 'GET', path: '/', headers: {}, check: () => true }),
    processes: { server: { pid: process.pid } as Program },
    async load(amount) {
      const answered = Math.ceil(amount);
      amounts.push(answered);
      const since = process.cpuUsage();
      const used = () => process.cpuUsage(since).user + process.cpuUsage(since).system;
      while (used() < answered * 2_000);
      return { answered, seconds: 1, perSecond: answered, p99Ms: 1 };
    },
  };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a measurement', () => {
  it('is as long as its CPU time says, after runs that get longer until they tell the cost', async () => {
    const work = busyWork();
    const { totalCost, answered } = await measure(work, { cpuSeconds: 0.5 });
    expect(totalCost).toBeGreaterThan(1_500);
    expect(totalCost).toBeLessThan(4_000);
    expect(answered).toBeGreaterThan(120);
    expect(answered).toBeLessThan(350);
    expect(work.amounts.slice(0, 3)).toEqual([32, 64, 128]);
  });
});
