import { randomUUID } from 'node:crypto';
import { startTokenIssuer } from '@lms/testing';
import { residentMiB } from '../cpu-time.ts';
import { describeLoad, startMachineLoad } from '../machine-load.ts';
import { median } from '../percentile.ts';
import { createPlace, type Place } from './backing-servers.ts';
import { startArgon2id, startBare } from './bare.ts';
import { type Contender, type ContenderName, type WorkName, workNames } from './contender.ts';
import { measure, type Sample } from './measure.ts';
import { measureStarts, type StartSample } from './measure-start.ts';
import { startOurs } from './ours.ts';
import { installPeers, type StartPeer, startFastifyPg, startNestjs } from './peers.ts';
import { startPocketBase } from './pocketbase.ts';
import { canPin, leaveServerCore } from './program.ts';
import type { Resources } from './resource-targets.ts';
import { runLoad } from './run-load.ts';

/** Each may send 600 requests a minute. */
const userCount = 2_000;
const tokenSeconds = 86_400;

export interface PeersOptions {
  repo: string;
  home: string;
  rounds: number;
  /** CPU time of each measurement; on an idle machine also the time that it takes. */
  seconds: number;
  servers: readonly ContenderName[];
  works: readonly WorkName[];
  /** Whether starts, and the delay of the event loop, are measured too. */
  starts: boolean;
  delays: boolean;
  print: (line: string) => void;
}

export interface PeersResult extends Resources {
  /** Under `<work>/<contender>`, one per round. */
  samples: Map<string, Sample[]>;
  /** Starts and memory of the other contenders. */
  others: Resources;
}

/** Starts all contenders, fills them with the same data, and measures them in turn. */
export async function benchPeers(options: PeersOptions): Promise<PeersResult> {
  const { print, rounds } = options;
  leaveServerCore();
  print(
    canPin
      ? 'The server that is measured has core 0, everything else the other cores.'
      : 'Nothing is pinned to a core: that needs taskset and two cores. Expect more noise.',
  );
  const contenders = await startContenders(options);
  const starts: [Contender, StartSample[]][] = [];
  for (const contender of options.starts ? contenders : [])
    starts.push([contender, await measureStarts(contender, rounds)]);

  const memory = watchMemory(contenders);
  const load = startMachineLoad();
  const samples = await measureRounds(contenders, options);
  const ours = contenders.find(({ name }) => name === 'ours');
  const delays = options.delays && ours ? await measureDelays(ours, samples) : [];
  print(`[${describeLoad(load())}]`);
  const peaks = memory.stop();
  const of = (isOurs: boolean): Resources => {
    const mine = ([{ name }]: [Contender, unknown]) => (name === 'ours') === isOurs;
    return {
      starts: starts.filter(mine).flatMap(([, list]) => list),
      peaks: peaks.filter(mine).map(([, peak]) => peak),
      delays: isOurs ? delays : [],
    };
  };
  return { ...of(true), samples, others: of(false) };
}

const starters: Record<ContenderName, (place: Place, options: StartPeer) => Promise<Contender | string>> = {
  ours: startOurs,
  nestjs: startNestjs,
  'fastify-pg': startFastifyPg,
  pocketbase: startPocketBase,
  bare: startBare,
  argon2id: startArgon2id,
};

async function startContenders({ repo, home, servers, works, print }: PeersOptions): Promise<Contender[]> {
  const issuer = await startTokenIssuer();
  const users = await Promise.all(
    Array.from({ length: userCount }, async () => {
      const id = randomUUID();
      const subject = { userId: id, role: 'learner', expiresInSeconds: tokenSeconds } as const;
      return { id, token: await issuer.tokenFor(subject) };
    }),
  );
  if (servers.includes('nestjs') || servers.includes('fastify-pg')) await installPeers(print);
  const contenders: Contender[] = [];
  for (const name of servers) {
    const since = performance.now();
    const contender = await starters[name](createPlace(repo, home, name), { issuer, users, works });
    if (typeof contender === 'string') {
      print(`${name} is left out: ${contender}`);
      continue;
    }
    const wanted = Object.entries(contender.works).filter(([work]) => works.includes(work as WorkName));
    contenders.push({ ...contender, works: Object.fromEntries(wanted) });
    print(`${name} is started and filled after ${((performance.now() - since) / 1000).toFixed(0)} s.`);
  }
  return contenders;
}

async function measureRounds(contenders: Contender[], options: PeersOptions): Promise<Map<string, Sample[]>> {
  const { rounds, seconds, works, print } = options;
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round += 1)
    for (const name of workNames) {
      if (!works.includes(name)) continue;
      for (const contender of rotated(contenders, round)) {
        const work = contender.works[name];
        if (!work) continue;
        const sample = await measure(work, { cpuSeconds: seconds });
        const key = `${name}/${contender.name}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
        print(`round ${round}  ${name.padEnd(14)} ${contender.name.padEnd(11)} ${describe(sample)}`);
      }
    }
  return samples;
}

function describe({ cost, totalCost, perSecond, p99Ms }: Sample): string {
  const parts = Object.entries(cost).map(([part, value]) => `${part} ${value.toFixed(0)}`);
  return `${totalCost.toFixed(0).padStart(6)} µs (${parts.join(' + ')})  ${perSecond.toFixed(0)}/s  p99 ${p99Ms} ms`;
}

/** Each round begins with another one, so that a busy minute of the machine does not always hit the same. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** The most that every program had in memory, from now on until `stop`. */
function watchMemory(contenders: Contender[]) {
  const peaks = contenders.flatMap((contender) =>
    contender.programs.map((program) => ({ contender, program, mebibytes: 0 })),
  );
  const look = () => {
    for (const peak of peaks) peak.mebibytes = Math.max(peak.mebibytes, residentMiB(peak.program.pid));
  };
  const timer = setInterval(look, 250);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peaks.map(({ contender, program, mebibytes }): [Contender, Resources['peaks'][number]] => [
        contender,
        { program: program.name, kind: program.kind, loadedMiB: mebibytes },
      ]);
    },
  };
}

const delayed: readonly WorkName[] = ['lesson', 'answer', 'login'];
const [delaySeconds, loadShare] = [10, 0.8];

/** As the process itself reports it, at 80 % of what it did at most. */
async function measureDelays(ours: Contender, samples: Map<string, Sample[]>): Promise<Resources['delays']> {
  const delays: Resources['delays'] = [];
  for (const name of delayed) {
    const measured = samples.get(`${name}/ours`);
    const work = ours.works[name];
    if (!measured || !work) continue;
    const perSecond = loadShare * median(measured.map((sample) => sample.perSecond));
    const { metricsUrl = '' } = work.processes.server;
    // Reading the metric also resets it.
    await readLoopDelay(metricsUrl);
    await runLoad(work, { amount: perSecond * delaySeconds, perSecond });
    delays.push({ work: name, perSecond, p99Ms: (await readLoopDelay(metricsUrl)) * 1000 });
    await work.settle?.();
  }
  return delays;
}

async function readLoopDelay(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`${metricsUrl} does not report the delay of the event loop`);
  return Number(seconds);
}
