import { randomUUID } from 'node:crypto';
import { startTokenIssuer } from '@lms/testing';
import { describeLoad, startMachineLoad } from '../machine-load.ts';
import { createPlace, type Place } from './backing-servers.ts';
import { startBare } from './bare.ts';
import { type Contender, type ContenderName, type WorkName, workNames } from './contender.ts';
import { measure, type Sample } from './measure.ts';
import { startOurs } from './ours.ts';
import { installPeers, type StartPeer, startFastifyPg, startNestjs } from './peers.ts';
import { canPin, leaveServerCore } from './pinned-program.ts';

const userCount = 2_000;

/** `npm run bench -- peers` */
export async function benchPeers(options: {
  repo: string;
  home: string;
  rounds: number;
  seconds: number;
  servers: readonly ContenderName[];
  works: readonly WorkName[];
  print: (line: string) => void;
}): Promise<void> {
  const { repo, home, rounds, seconds, print } = options;
  leaveServerCore();
  print(
    canPin
      ? 'servers have core 0, everything else has the other cores'
      : 'nothing is pinned: that needs taskset and two cores',
  );
  const issuer = await startTokenIssuer();
  const users = await Promise.all(
    Array.from({ length: userCount }, async () => {
      const id = randomUUID();
      return { id, token: await issuer.tokenFor({ userId: id, role: 'learner', expiresInSeconds: 86_400 }) };
    }),
  );
  await installPeers(print);
  const contenders: Contender[] = [];
  for (const name of options.servers) {
    const since = performance.now();
    contenders.push(await starters[name](createPlace(repo, home, name), { issuer, users }));
    print(`${name} is ready and filled after ${((performance.now() - since) / 1000).toFixed(1)} s`);
  }
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round += 1)
    for (const name of workNames) {
      if (!options.works.includes(name)) continue;
      for (const contender of rotated(contenders, round)) {
        const work = contender.works[name];
        if (!work) continue;
        const load = startMachineLoad();
        const sample = await measure(work, { seconds });
        samples.set(`${name}/${contender.name}`, [
          ...(samples.get(`${name}/${contender.name}`) ?? []),
          sample,
        ]);
        const parts = Object.entries(sample.cost).map(([part, cost]) => `${part} ${cost.toFixed(0)}`);
        print(
          `round ${round}  ${name.padEnd(14)} ${contender.name.padEnd(11)} ${sample.totalCost.toFixed(0).padStart(6)} µs (${parts.join(' + ')})  ${sample.perSecond.toFixed(0)}/s  p99 ${sample.p99Ms} ms  [${describeLoad(load())}]`,
        );
      }
    }
}

const starters: Record<ContenderName, (place: Place, options: StartPeer) => Promise<Contender>> = {
  ours: startOurs,
  nestjs: startNestjs,
  'fastify-pg': startFastifyPg,
  pocketbase: () => Promise.reject(new Error('not yet')),
  bare: startBare,
};

/** Each round begins with another one. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
