import { describe, expect, it } from '@jest/globals';
import { describeVerdict } from '../peers/ratios.ts';
import { judgeOverload, judgeScale, judgeSoak, type Overload } from './judge-capacity.ts';

const missed = (verdicts: { what: string; value: number; atMost: number; unit: string }[]) =>
  verdicts.filter((verdict) => !describeVerdict(verdict).startsWith('pass')).map(({ what }) => what);

describe('judgeScale', () => {
  it('compares the CPU time per request with that of one pod', () => {
    const scales = [
      { pods: 1, cost: 100 },
      { pods: 2, cost: 117 },
      { pods: 8, cost: 119 },
    ];
    expect(missed(judgeScale(scales, 'answer'))).toEqual(['answer, 8 pods']);
  });
});

describe('judgeOverload', () => {
  const good: Overload = {
    ...{ work: 'login', saturation: 100, goodput: 81, offered: 200 },
    ...{ failures: 0, peakMiB: 200, recoverySeconds: 1 },
  };

  it('passes when most is answered, the rest is refused, and the server recovers', () => {
    expect(missed(judgeOverload(good))).toEqual([]);
  });

  it.each<[string, Partial<Overload>]>([
    ['login: goodput', { goodput: 79 }],
    ['login: failures', { failures: 1 }],
    ['login: memory', { peakMiB: 300 }],
    ['login: recovery', { recoverySeconds: 6 }],
    ['login: rate offered', { offered: 150 }],
    ['login: goodput', { goodput: 0 }],
  ])('misses %s', (what, change) => {
    expect(missed(judgeOverload({ ...good, ...change }))).toEqual([what]);
  });
});

describe('judgeSoak', () => {
  const steady = Array.from({ length: 16 }, () => ({ p99Ms: 10, memory: { api: 100, worker: 90 } }));

  it('passes when nothing grows after the first quarter', () => {
    const start = { p99Ms: 50, memory: { api: 60, worker: 60 } };
    expect(missed(judgeSoak([start, start, start, start, ...steady.slice(4)], 0))).toEqual([]);
  });

  it('finds memory that grows slowly, latency that grows, and events that stay', () => {
    const leaking = steady.map((sample, index) => ({
      p99Ms: sample.p99Ms + index,
      memory: { api: 100 + 2 * index, worker: 90 },
    }));
    expect(missed(judgeSoak(leaking, 3))).toEqual(['soak, memory: api', 'soak, events left in the outbox']);
    const slow = steady.map((sample, index) => ({ ...sample, p99Ms: 10 + 2 * index }));
    expect(missed(judgeSoak(slow, 0))).toEqual(['soak, p99']);
  });

  it('refuses to judge too few samples', () => {
    expect(() => judgeSoak(steady.slice(0, 3), 0)).toThrow('at least four samples');
  });
});
