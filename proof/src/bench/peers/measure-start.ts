import { setTimeout as sleep } from 'node:timers/promises';
import { residentMiB } from '../cpu-time.ts';
import { median } from '../percentile.ts';
import type { Contender, WorkName } from './contender.ts';
import type { Program, Start } from './program.ts';
import { timeOne } from './time-one.ts';

/** How a program starts. */
export interface StartSample {
  program: string;
  kind: Program['kind'];
  /** Medians of all starts. */
  start: Start;
  /** MiB, a while after the last start and before any request. */
  idleMiB: number;
  /** Latency of the first request of a kind after a start, and of a warm one, in ms (medians). */
  first: { work: WorkName; firstMs: number; warmMs: number }[];
}

const idleMs = 5_000;
const [warmUps, warmRequests] = [100, 50];

/** Starts every program of the contender again, several times. Leaves them freshly started. */
export async function measureStarts(contender: Contender, times: number): Promise<StartSample[]> {
  const samples: StartSample[] = [];
  for (const program of contender.programs) {
    const works = Object.entries(contender.works).filter(([, work]) => work.processes.server === program);
    const starts: Start[] = [];
    const firsts = new Map<string, number[]>(works.map(([name]) => [name, []]));
    for (let time = 0; time < times; time += 1) {
      starts.push(await program.restart());
      // Each kind comes first once, because the first request warms up what all share.
      const order = works.map((_, index) => works[(index + time) % works.length] as (typeof works)[number]);
      for (const [name, work] of order) firsts.get(name)?.push(await timeOne(work));
    }
    const first: StartSample['first'] = [];
    for (const [name, work] of works) {
      for (let request = 0; request < warmUps; request += 1) await timeOne(work);
      const warm: number[] = [];
      for (let request = 0; request < warmRequests; request += 1) warm.push(await timeOne(work));
      first.push({
        ...{ work: name as WorkName, firstMs: median(firsts.get(name) ?? []), warmMs: median(warm) },
      });
    }
    starts.push(await program.restart());
    await sleep(idleMs);
    samples.push({
      ...{ program: program.name, kind: program.kind, first, idleMiB: residentMiB(program.pid) },
      start: {
        readyMs: median(starts.map(({ readyMs }) => readyMs)),
        cpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
      },
    });
  }
  return samples;
}
