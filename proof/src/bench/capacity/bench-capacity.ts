import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTokenIssuer } from '@lms/testing';
import { cpuTimeOf, residentMiB } from '../cpu-time.ts';
import { describeLoad, startMachineLoad } from '../machine-load.ts';
import { createPlace } from '../peers/backing-servers.ts';
import type { Work, WorkName } from '../peers/contender.ts';
import { type StartedContent, startPods } from '../peers/ours.ts';
import { canPin, leaveServerCore, type Program } from '../peers/program.ts';
import { describeVerdict, type Verdict } from '../peers/ratios.ts';
import { connections, runLoad } from '../peers/run-load.ts';
import { timeOne } from '../peers/time-one.ts';
import { median } from '../percentile.ts';
import {
  judgeOverload,
  judgeScale,
  judgeSoak,
  type Overload,
  type Scale,
  type SoakSample,
} from './judge-capacity.ts';
import { sendAtRate } from './send-at-rate.ts';

export const capacityParts = ['scale', 'overload', 'soak'] as const;
export type CapacityPart = (typeof capacityParts)[number];

export interface CapacityOptions {
  repo: string;
  home: string;
  parts: readonly CapacityPart[];
  rounds: number;
  /** Of each measurement. */
  seconds: number;
  soakMinutes: number;
  print: (line: string) => void;
}

/** Each may send 600 requests a minute. */
const userCount = 4_000;
const podCounts = [1, 2, 4, 8];
const scaled = ['lesson', 'answer'] as const;
/** Requests after which a pod's code is compiled. */
const warmUps = { lesson: 30_000, answer: 4_000 };
const overloaded: readonly WorkName[] = ['answer', 'login'];
const soakSampleMs = 15_000;
/** Of the saturation, during a soak. */
const soakShare = 0.4;
/** After an overload, this many requests in a row must be answered, each within `calmMs`, for the server to have recovered. */
const calmRequests = 20;
const calmMs = 250;

/** `npm run bench -- capacity`: more processes, more load than they can take, and load that lasts. */
export async function benchCapacity(options: CapacityOptions): Promise<Verdict[]> {
  const { repo, home, parts, print } = options;
  leaveServerCore();
  if (!canPin) print('Nothing is pinned to a core: that needs taskset and two cores. Expect more noise.');
  const issuer = await startTokenIssuer();
  const users = await Promise.all(
    Array.from({ length: userCount }, async () => {
      const id = randomUUID();
      const token = await issuer.tokenFor({ userId: id, role: 'learner', expiresInSeconds: 86_400 });
      return { id, token };
    }),
  );
  const pods = parts.includes('scale') ? Math.max(...podCounts) : 1;
  const ours = await startPods(createPlace(repo, home, 'ours'), { issuer, users, works: [] }, { pods });
  const load = startMachineLoad();
  const verdicts: Verdict[] = [];
  for (const [part, measure] of [
    ['scale', measureScale],
    ['overload', measureOverload],
    ['soak', measureSoak],
  ] as const)
    if (parts.includes(part)) verdicts.push(...(await measure(ours, options)));
  print(`[${describeLoad(load())}]`);
  for (const verdict of verdicts) print(describeVerdict(verdict));
  return verdicts;
}

type Ours = Awaited<ReturnType<typeof startPods>>;

async function measureScale({ content }: Ours, options: CapacityOptions): Promise<Verdict[]> {
  const { rounds, seconds, print } = options;
  const verdicts: Verdict[] = [];
  for (const name of scaled) {
    const work = content.works[name] as Work;
    // Each pod alone, until its code is compiled: otherwise several pods would seem to cost more than one that is warm.
    for (const { url } of content.apis) await runLoad({ url, next: work.next }, { amount: warmUps[name] });
    await work.settle?.();
    const perSecond = (await runLoad(work, { amount: 100 * connections })).perSecond;
    const costs = new Map<number, number[]>(podCounts.map((pods) => [pods, []]));
    for (let round = 1; round <= rounds; round += 1)
      for (const pods of podCounts) {
        const apis = content.apis.slice(0, pods);
        await spread(work, { apis, amount: perSecond });
        const before = cpuOf(content, apis);
        const amount = perSecond * seconds;
        const answered = await spread(work, { apis, amount });
        await work.settle?.();
        const cost = (cpuOf(content, apis) - before) / answered;
        costs.get(pods)?.push(cost);
        print(`round ${round}  ${name.padEnd(8)} ${pods} pods  ${cost.toFixed(0)} µs of CPU per request`);
      }
    const scales: Scale[] = podCounts.map((pods) => ({ pods, cost: median(costs.get(pods) ?? []) }));
    verdicts.push(...judgeScale(scales, name));
  }
  return verdicts;
}

/** Sends the requests to all pods at once, as a load balancer would; returns how many were answered. */
async function spread(work: Work, { apis, amount }: { apis: Program[]; amount: number }): Promise<number> {
  const loads = await Promise.all(
    apis.map(({ url }) => runLoad({ url, next: work.next }, { amount: amount / apis.length })),
  );
  return loads.reduce((sum, { answered }) => sum + answered, 0);
}

function cpuOf({ servers, worker }: StartedContent, apis: Program[]): number {
  const pids = [...apis, worker, servers.postgres, servers.redis].map(({ pid }) => pid);
  return pids.reduce((sum, pid) => sum + cpuTimeOf(pid), 0);
}

async function measureOverload(ours: Ours, options: CapacityOptions): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const name of overloaded) {
    const work = { ...ours.content.works, ...ours.auth.works }[name] as Work;
    const overload = await overloadOf(name, work, options);
    options.print(
      `overload  ${name.padEnd(8)} ${overload.saturation.toFixed(0)}/s at most; offered ${overload.offered.toFixed(0)}/s, answered ${overload.goodput.toFixed(0)}/s, memory ${overload.peakMiB.toFixed(0)} MiB, recovered after ${overload.recoverySeconds.toFixed(1)} s`,
    );
    verdicts.push(...judgeOverload(overload));
  }
  return verdicts;
}

async function overloadOf(
  name: WorkName,
  work: Work,
  { seconds, print }: CapacityOptions,
): Promise<Overload> {
  const first = await runLoad(work, { amount: 4 * connections });
  const { perSecond: saturation } = await runLoad(work, { amount: first.perSecond * seconds });
  await work.settle?.();
  let peakMiB = 0;
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(work.processes.server.pid));
  }, 100);
  const outcome = await sendAtRate(work, { perSecond: 2 * saturation, seconds: 3 * seconds });
  const recoverySeconds = await timeToRecover(work);
  clearInterval(watch);
  await work.settle?.();
  for (const [what, count] of outcome.failed) print(`overload  ${name}: ${count} × ${what}`);
  return {
    work: `overload, ${name}`,
    saturation,
    goodput: outcome.ok / outcome.seconds,
    offered: outcome.sent / outcome.seconds,
    failures: [...outcome.failed.values()].reduce((sum, count) => sum + count, 0),
    ...{ peakMiB, recoverySeconds },
  };
}

/** Time until the server answers one request after another as if nothing had happened, in seconds; at most a minute. */
async function timeToRecover(work: Work): Promise<number> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let calmSince = elapsed();
  for (let inARow = 0; inARow < calmRequests && elapsed() < 60; ) {
    const tookMs = await timeOne(work).catch(() => Number.POSITIVE_INFINITY);
    if (tookMs <= calmMs) inARow += 1;
    else {
      inARow = 0;
      await sleep(50);
      calmSince = elapsed();
    }
  }
  return calmSince;
}

async function measureSoak({ content }: Ours, options: CapacityOptions): Promise<Verdict[]> {
  const { soakMinutes, seconds, print } = options;
  const works = scaled.map((name) => content.works[name] as Work);
  const rates = await Promise.all(
    works.map(async (work) => {
      const first = await runLoad(work, { amount: 10 * connections });
      return (soakShare / works.length) * first.perSecond;
    }),
  );
  const [api] = content.apis as [Program];
  const programs = [api, content.worker];
  const samples: SoakSample[] = [];
  const until = performance.now() + soakMinutes * 60_000;
  print(
    `soak  ${soakMinutes} minutes at ${rates.map((rate) => rate.toFixed(0)).join(' + ')} requests a second`,
  );
  while (performance.now() < until) {
    const outcomes = await Promise.all(
      works.map((work, index) =>
        sendAtRate(work, { perSecond: rates[index] ?? 1, seconds: Math.max(seconds, soakSampleMs / 1000) }),
      ),
    );
    const wrong = outcomes.flatMap(({ failed, refused }) => [
      ...failed.keys(),
      ...(refused > 0 ? ['refused'] : []),
    ]);
    if (wrong.length > 0)
      throw new Error(`during the soak some requests were not answered: ${wrong.join(', ')}`);
    const sample: SoakSample = {
      p99Ms: Math.max(...outcomes.map(({ okP99Ms }) => okP99Ms)),
      memory: Object.fromEntries(programs.map(({ name, pid }) => [name, residentMiB(pid)])),
    };
    samples.push(sample);
    const memory = Object.entries(sample.memory).map(
      ([name, mebibytes]) => `${name} ${mebibytes.toFixed(0)} MiB`,
    );
    print(`soak  p99 ${sample.p99Ms.toFixed(0)} ms  ${memory.join('  ')}`);
  }
  for (const work of works) await work.settle?.();
  const { rows } = await content.pool.query<{ left: number }>(
    'SELECT count(*)::int AS left FROM content.outbox',
  );
  return judgeSoak(samples, rows[0]?.left ?? Number.NaN);
}
