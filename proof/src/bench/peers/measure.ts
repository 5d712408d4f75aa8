import { cpuTimeOf } from '../cpu-time.ts';
import type { CostPart, Work } from './contender.ts';
import { connections, runLoad } from './run-load.ts';

/** One measurement of one kind of work. */
export interface Sample {
  answered: number;
  perSecond: number;
  p99Ms: number;
  /** CPU time per request, µs. */
  cost: Partial<Record<CostPart, number>>;
  totalCost: number;
}

/** A run that took less CPU time does not say what a request costs, because the system counts in steps of 10 ms. */
const tellingCpuSeconds = 0.25;

/**
 * Warms the work up with ever longer runs, then measures as many requests as take about `cpuSeconds` of CPU time. Not
 * of the clock: on a busy machine a second may be a few requests, and the result would be noise.
 */
export async function measure(work: Work, { cpuSeconds }: { cpuSeconds: number }): Promise<Sample> {
  let amount = connections;
  let sample = await run(work, amount);
  while (sample.totalCost * sample.answered < tellingCpuSeconds * 1e6) {
    amount *= 2;
    sample = await run(work, amount);
  }
  return run(work, (cpuSeconds * 1e6) / sample.totalCost);
}

async function run(work: Work, amount: number): Promise<Sample> {
  const before = timesOf(work);
  const load = await (work.load?.(amount) ?? runLoad(work, { amount }));
  await work.settle?.();
  const after = timesOf(work);
  const cost = Object.fromEntries(
    after.map(([part, time], index) => [part, (time - (before[index]?.[1] ?? 0)) / load.answered]),
  );
  const totalCost = Object.values(cost).reduce((sum, each) => sum + each, 0);
  const { answered, perSecond, p99Ms } = load;
  return { answered, perSecond, p99Ms, cost, totalCost };
}

function timesOf({ processes }: Work): [CostPart, number][] {
  return (Object.entries(processes) as [CostPart, { pid: number }][]).map(([part, { pid }]) => [
    part,
    cpuTimeOf(pid),
  ]);
}
