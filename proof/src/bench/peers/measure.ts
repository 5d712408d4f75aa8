import { cpuTimeOf } from '../cpu-time.ts';
import type { CostPart, Work } from './contender.ts';
import { connections, runLoad } from './run-load.ts';

/** One measurement of one kind of work. */
export interface Sample {
  perSecond: number;
  p99Ms: number;
  /** CPU time per request, µs. */
  cost: Partial<Record<CostPart, number>>;
  totalCost: number;
}

/** Warms the work up, then measures as many requests as take about `seconds`. */
export async function measure(work: Work, { seconds }: { seconds: number }): Promise<Sample> {
  const run = (amount: number) => work.load?.(amount) ?? runLoad(work, { amount });
  const first = await run(connections);
  const warm = await run(Math.max(1, seconds / 2) * first.perSecond);
  await work.settle?.();
  const before = timesOf(work);
  const load = await run(warm.perSecond * seconds);
  await work.settle?.();
  const after = timesOf(work);
  const cost = Object.fromEntries(
    after.map(([part, time], index) => [part, (time - (before[index]?.[1] ?? 0)) / load.answered]),
  );
  const totalCost = Object.values(cost).reduce((sum, each) => sum + each, 0);
  return { perSecond: load.perSecond, p99Ms: load.p99Ms, cost, totalCost };
}

function timesOf({ processes }: Work): [CostPart, number][] {
  return (Object.entries(processes) as [CostPart, { pid: number }][]).map(([part, { pid }]) => [
    part,
    cpuTimeOf(pid),
  ]);
}
