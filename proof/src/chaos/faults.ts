import { setTimeout as sleep } from 'node:timers/promises';
import type { StackPart } from '@lms/tools/stack/part';
import type { Random } from './random.ts';
import { type OwnServers, type ServerName, serverNames } from './start-own-servers.ts';
import type { Worker } from './workers.ts';

/** Targets of faults. */
export interface Targets {
  servers: OwnServers;
  workers: Worker[];
}

/** A fault that is over when `run` resolves. */
export interface Fault {
  /** `kafka: SIGKILL` */
  name: string;
  weight: number;
  /** Counts as a kill in the summary. */
  kills: boolean;
  /** Takes more than ten seconds, so the short form leaves it out. */
  long?: boolean;
  run(random: Random): Promise<void>;
}

/** Faults of one lane happen in sequence; faults of different lanes happen concurrently. */
export type Lane = 'processes' | 'servers' | 'network';

/** All faults, by lane. */
export function faultsOf({ servers, workers }: Targets): Record<Lane, Fault[]> {
  return {
    processes: workers.flatMap(workerFaults),
    servers: serverNames.flatMap((name) => serverFaults(servers.parts[name])),
    network: serverNames.flatMap((name) => networkFaults(name, servers)),
  };
}

function workerFaults(worker: Worker): Fault[] {
  const fault = (name: string, weight: number, run: Fault['run'], kills = false): Fault => ({
    name: `${worker.name}: ${name}`,
    weight,
    kills,
    run,
  });
  const killed = (restartMs: [number, number]) => async (random: Random) => {
    await worker.kill();
    await sleep(random.between(...restartMs));
    worker.start();
  };
  return [
    fault('SIGKILL, restarted at once', 4, killed([0, 100]), true),
    fault('SIGKILL, restarted after seconds', 2, killed([1_000, 6_000]), true),
    fault('graceful stop and start', 2, async () => {
      await worker.stop();
      worker.start();
    }),
    fault('SIGSTOP for a moment', 3, (random) => pause(worker, random.between(300, 3_000))),
    // Longer than the sessions of Kafka and the relay, so others take over its work before it wakes.
    {
      ...fault('SIGSTOP until others took over', 1, (random) =>
        pause(worker, random.between(11_000, 15_000)),
      ),
      long: true,
    },
  ];
}

function serverFaults(part: StackPart): Fault[] {
  const fault = (name: string, weight: number, run: Fault['run'], kills = false): Fault => ({
    name: `${part.name}: ${name}`,
    weight,
    kills,
    run,
  });
  return [
    fault(
      'SIGKILL and start',
      2,
      async (random) => {
        part.process?.signal('SIGKILL');
        await part.process?.exited;
        await sleep(random.between(0, 1_500));
        await part.start();
      },
      true,
    ),
    fault('stop and start', 2, async (random) => {
      await part.stop();
      await sleep(random.between(0, 1_500));
      await part.start();
    }),
    fault('SIGSTOP', 3, (random) => pause(part, random.between(300, 4_000))),
  ];
}

function networkFaults(name: ServerName, servers: OwnServers): Fault[] {
  const proxy = servers.proxies[name];
  const fault = (what: string, weight: number, run: Fault['run']): Fault => ({
    ...{ name: `${name} connections: ${what}`, weight, kills: false, run },
  });
  return [
    fault('all reset', 3, async () => void proxy.reset(1)),
    fault('some reset', 3, async (random) => void proxy.reset(random.between(0.2, 0.8))),
    fault('refused for a while', 2, async (random) => {
      proxy.cut();
      await sleep(random.between(300, 3_000));
      proxy.mend();
    }),
    fault('silent for a while', 2, async (random) => {
      proxy.hang();
      await sleep(random.between(300, 8_000));
      proxy.resume();
    }),
    fault('slow for a while', 2, async (random) => {
      proxy.delay(random.between(10, 250));
      await sleep(random.between(1_000, 4_000));
      proxy.delay(0);
    }),
  ];
}

async function pause(target: Worker | StackPart, forMs: number): Promise<void> {
  const paused = target.process;
  paused?.signal('SIGSTOP');
  await sleep(forMs);
  paused?.signal('SIGCONT');
}
