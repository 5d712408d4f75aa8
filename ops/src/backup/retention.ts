import { timeOf } from './manifest.ts';

/** Retention policy. The newest backup is never deleted. */
export interface RetentionPolicy {
  /** Number of days for which every backup is kept. */
  days: number;
  /** Number of weeks (from Monday, UTC) with a backup for which the newest one is kept. */
  weeks: number;
  /** Number of months (UTC) with a backup for which the newest one is kept. */
  months: number;
}

const dayMs = 86_400_000;

/** Names of the backups that the policy no longer keeps. Other names are ignored. */
export function expiredBackups(names: string[], policy: RetentionPolicy, now: Date): string[] {
  const dated = names
    .map((name) => ({ name, time: timeOf(name) }))
    .filter((one): one is { name: string; time: Date } => one.time !== null)
    .sort((a, b) => b.time.getTime() - a.time.getTime());
  const kept = new Set(dated.slice(0, 1).map(({ name }) => name));
  for (const { name, time } of dated) {
    if (now.getTime() - time.getTime() < policy.days * dayMs) kept.add(name);
  }
  for (const name of newestOfEach(dated, weekOf, policy.weeks)) kept.add(name);
  for (const name of newestOfEach(dated, monthOf, policy.months)) kept.add(name);
  return dated.map(({ name }) => name).filter((name) => !kept.has(name));
}

function newestOfEach(
  dated: { name: string; time: Date }[],
  periodOf: (time: Date) => string | number,
  count: number,
): string[] {
  const newest = new Map<string | number, string>();
  for (const { name, time } of dated) {
    const period = periodOf(time);
    if (!newest.has(period)) newest.set(period, name);
  }
  return [...newest.values()].slice(0, count);
}

/** Weeks since Monday, 5 January 1970. */
const weekOf = (time: Date) => Math.floor((time.getTime() / dayMs - 4) / 7);
const monthOf = (time: Date) => time.toISOString().slice(0, 7);
