import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createHealthReporter } from './health.ts';

describe('the health report', () => {
  it('is down when one dependency is, and says which and why', async () => {
    const report = await createHealthReporter({
      good: async () => 1,
      bad: async () => {
        throw new Error('ECONNREFUSED 10.0.0.1');
      },
    })();
    expect(report).toMatchObject({
      status: 'down',
      dependencies: { good: { status: 'up' }, bad: { status: 'down', reason: 'unreachable' } },
    });
    expect(JSON.stringify(report)).not.toContain('10.0.0.1');
  });

  it('does not wait for a check that hangs, nor start it again until it ends', async () => {
    let asked = 0;
    const never = new Promise<void>(() => {});
    const report = createHealthReporter(
      {
        hangs: () => {
          asked += 1;
          return never;
        },
      },
      { timeoutMs: 50, cacheMs: 0 },
    );
    await report();
    await sleep(5);
    const second = await report();
    expect(second.dependencies.hangs).toMatchObject({ status: 'down', reason: 'timeout' });
    expect(asked).toBe(1);
  });

  it('checks once for concurrent callers, and again when the result is old', async () => {
    let asked = 0;
    const report = createHealthReporter({ one: async () => (asked += 1) }, { cacheMs: 30 });
    await Promise.all(Array.from({ length: 50 }, () => report()));
    expect(asked).toBe(1);
    await sleep(40);
    await report();
    expect(asked).toBe(2);
  });
});
