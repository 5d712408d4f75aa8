import type { StartSample } from './measure-start.ts';
import type { Program } from './program.ts';
import type { Verdict } from './ratios.ts';

/** Limits of one of our processes. Memory in MiB. */
const limits = {
  apiIdleMiB: 100,
  apiLoadedMiB: 180,
  workerMiB: 150,
  readyMs: 1_000,
  /** The first request of a kind against a warm one. */
  firstRatio: 3,
  /** p99 of the event loop's delay at 80 % load. */
  loopDelayMs: 20,
};

export interface Resources {
  starts: StartSample[];
  /** The most memory that a program had under load, MiB. */
  peaks: { program: string; kind: Program['kind']; loadedMiB: number }[];
  delays: { work: string; perSecond: number; p99Ms: number }[];
}

/** Targets of our own processes, which do not depend on other servers but on the machine. */
export function judgeResources({ starts, peaks, delays }: Resources): Verdict[] {
  const idle = starts.map(
    ({ program, kind, idleMiB }): Verdict => ({
      ...{ what: `RSS idle: ${program}`, value: idleMiB, unit: 'MiB' },
      atMost: kind === 'worker' ? limits.workerMiB : limits.apiIdleMiB,
    }),
  );
  const loaded = peaks.map(
    ({ program, kind, loadedMiB }): Verdict => ({
      ...{ what: `RSS loaded: ${program}`, value: loadedMiB, unit: 'MiB' },
      atMost: kind === 'worker' ? limits.workerMiB : limits.apiLoadedMiB,
    }),
  );
  const ready = starts.map(
    ({ program, start: { readyMs } }): Verdict => ({
      ...{ what: `start to ready: ${program}`, value: readyMs, unit: 'ms', atMost: limits.readyMs },
    }),
  );
  const first = starts.flatMap(({ first }) =>
    first.map(
      ({ work, firstMs, warmMs }): Verdict => ({
        ...{ what: `first request: ${work}`, value: firstMs / warmMs, atMost: limits.firstRatio },
        unit: `× a warm one (${firstMs.toFixed(0)} ms)`,
      }),
    ),
  );
  const delay = delays.map(
    ({ work, perSecond, p99Ms }): Verdict => ({
      ...{ what: `event-loop delay p99: ${work}`, value: p99Ms, atMost: limits.loopDelayMs },
      unit: `ms at ${perSecond.toFixed(0)}/s`,
    }),
  );
  return [...idle, ...loaded, ...ready, ...first, ...delay];
}
