import type { Verdict } from '../peers/ratios.ts';
import { median } from '../percentile.ts';

const targets = {
  /** Work per second of CPU time with several processes, as a share of the same with one. */
  efficiency: 0.85,
  /** Responses as asked at twice the saturation, as a share of those at saturation. */
  goodput: 0.8,
  /** Memory of an api process, MiB, whatever arrives. */
  overloadMiB: 256,
  recoverySeconds: 5,
  /** Growth between the second and the last quarter of a soak. */
  memoryGrowth: 1.1,
  latencyGrowth: 1.5,
};

/** One measurement of several processes. */
export interface Scale {
  pods: number;
  /** CPU time per request of all parts, µs. */
  cost: number;
}

/** Verdicts about shares are turned over, because a verdict says what a value may be at most. */
export function judgeScale(scales: readonly Scale[], work: string): Verdict[] {
  const one = scales.find(({ pods }) => pods === 1);
  if (!one) return [];
  return scales
    .filter(({ pods }) => pods > 1)
    .map(({ pods, cost }) => ({
      ...{ what: `${work}, ${pods} pods`, value: cost / one.cost, atMost: 1 / targets.efficiency },
      unit: '× the CPU time per request of one pod',
    }));
}

/** One kind of work at twice the rate that the server can do. */
export interface Overload {
  work: string;
  /** Responses per second, as asked: at most, and at twice the rate. */
  saturation: number;
  goodput: number;
  /** Requests per second that the generator managed to send. */
  offered: number;
  /** Neither answered as asked nor refused with `Retry-After`. */
  failures: number;
  peakMiB: number;
  recoverySeconds: number;
}

export function judgeOverload(overload: Overload): Verdict[] {
  const { work, saturation, goodput, offered, failures, peakMiB, recoverySeconds } = overload;
  return [
    {
      ...{ what: `${work}: rate offered`, value: (2 * saturation) / offered, atMost: 1.1 },
      unit: 'of twice the saturation is missing by this factor',
    },
    {
      ...{ what: `${work}: goodput`, value: saturation / goodput, atMost: 1 / targets.goodput },
      unit: `times fewer answers than at saturation (${saturation.toFixed(0)}/s)`,
    },
    {
      what: `${work}: failures`,
      value: failures,
      atMost: 0,
      unit: 'requests that were neither answered nor refused',
    },
    { what: `${work}: memory`, value: peakMiB, atMost: targets.overloadMiB, unit: 'MiB at most' },
    { what: `${work}: recovery`, value: recoverySeconds, atMost: targets.recoverySeconds, unit: 's' },
  ];
}

/** What is looked at regularly during a soak. */
export interface SoakSample {
  p99Ms: number;
  /** Memory of every program, MiB. */
  memory: Record<string, number>;
}

/** Compares the last quarter with the second; in the first one caches fill and code is compiled. */
export function judgeSoak(samples: readonly SoakSample[], left: number): Verdict[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) throw new Error('a soak needs at least four samples');
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const growth = (pick: (sample: SoakSample) => number) => median(late.map(pick)) / median(early.map(pick));
  const programs = Object.keys(samples[0]?.memory ?? {});
  return [
    ...programs.map((name) => ({
      ...{ what: `soak, memory: ${name}`, atMost: targets.memoryGrowth, unit: '× the second quarter' },
      value: growth(({ memory }) => memory[name] ?? Number.NaN),
    })),
    {
      ...{ what: 'soak, p99', value: growth(({ p99Ms }) => p99Ms), atMost: targets.latencyGrowth },
      unit: '× the second quarter',
    },
    { what: 'soak, events left in the outbox', value: left, atMost: 0, unit: '' },
  ];
}
