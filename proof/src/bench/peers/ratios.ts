import { median } from '../percentile.ts';
import { type ContenderName, type WorkName, workNames } from './contender.ts';

/** CPU time of one request in µs, by work and contender. */
export type Costs = Partial<Record<WorkName, Partial<Record<ContenderName, number>>>>;

/** Our cost in units of another contender's, such as `lesson / nestjs` → 0.45. */
export type Ratios = Record<string, number>;

export interface RatioTarget {
  work: WorkName;
  against: ContenderName;
  atMost: number;
}

/** What a request of ours may cost, with all features on. */
export const ratioTargets: RatioTarget[] = [
  { work: 'lesson', against: 'nestjs', atMost: 0.5 },
  { work: 'lesson', against: 'fastify-pg', atMost: 0.8 },
  { work: 'cached lesson', against: 'bare', atMost: 2.5 },
  { work: '304', against: 'nestjs', atMost: 0.25 },
  { work: '304', against: 'bare', atMost: 2 },
  { work: 'list', against: 'fastify-pg', atMost: 0.8 },
  { work: 'search', against: 'fastify-pg', atMost: 0.8 },
  { work: 'answer', against: 'nestjs', atMost: 0.7 },
  { work: 'answer', against: 'fastify-pg', atMost: 1.5 },
  // 90 % of the hashes that the core can compute.
  { work: 'login', against: 'argon2id', atMost: 1 / 0.9 },
  { work: 'refresh', against: 'nestjs', atMost: 0.5 },
  { work: 'refresh', against: 'fastify-pg', atMost: 2 },
];

/** A target with what was measured. */
export interface Verdict {
  what: string;
  value: number;
  atMost: number;
  unit: string;
}

/** A ratio may become worse by this much before the guard fails; less than this is noise. */
export const tolerance = 1.25;

/** The medians of all rounds. */
export function mediansOf(samples: Map<string, { totalCost: number }[]>): Costs {
  const costs: Costs = {};
  for (const [key, list] of samples) {
    const [work, contender] = key.split('/') as [WorkName, ContenderName];
    costs[work] = { ...costs[work], [contender]: median(list.map(({ totalCost }) => totalCost)) };
  }
  return costs;
}

/** Every work that ours and another contender did. */
export function ratiosOf(costs: Costs): Ratios {
  const ratios: Ratios = {};
  for (const work of workNames) {
    const { ours, ...others } = costs[work] ?? {};
    if (ours === undefined) continue;
    for (const [name, cost] of Object.entries(others)) ratios[`${work} / ${name}`] = ours / cost;
  }
  return ratios;
}

/** The targets of the work that was measured. */
export function judgeRatios(ratios: Ratios): Verdict[] {
  return ratioTargets.flatMap(({ work, against, atMost }) => {
    const value = ratios[`${work} / ${against}`];
    return value === undefined ? [] : [{ what: work, value, atMost, unit: `× ${against}` }];
  });
}

/** One line: whether the target is met, or how far away it is. */
export function describeVerdict({ what, value, atMost, unit }: Verdict): string {
  const line = `${what.padEnd(32)} ${shown(value)} ${unit}, at most ${shown(atMost)}`;
  return value <= atMost ? `pass  ${line}` : `MISS  ${line}: ${shown(value / atMost)} times too much`;
}

/**
 * What became worse than the baseline allows, a line each. A ratio that is missing on either side is reported too, so that
 * the guard cannot pass by measuring less.
 */
export function findRegressions(now: Ratios, baseline: Ratios): string[] {
  const worse = Object.entries(baseline).flatMap(([name, before]) => {
    const value = now[name];
    if (value === undefined || Number.isNaN(value)) return [`${name}: was not measured`];
    if (value <= before * tolerance) return [];
    return [`${name}: ${shown(value)}, the baseline is ${shown(before)} (at most ${tolerance} times that)`];
  });
  const unknown = Object.keys(now).filter((name) => baseline[name] === undefined);
  return [...worse, ...unknown.map((name) => `${name}: is not in the baseline, record it`)];
}

function shown(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
