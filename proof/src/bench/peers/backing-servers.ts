import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createKafkaBroker } from '@lms/tools/stack/kafka';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import type { PartContext, StackPart } from '@lms/tools/stack/part';
import { createPortChooser } from '@lms/tools/stack/ports';
import { createPostgres, postgresUrl } from '@lms/tools/stack/postgres';
import type { StartedProcess } from '@lms/tools/stack/processes';
import { createRedisServer } from '@lms/tools/stack/redis';
import { settleAll } from '@lms/tools/stack/start-servers';

/** Where a contender lives: its folder, free ports, and servers of its own. */
export interface Place {
  repo: string;
  /** Folder of its programs, data and logs. */
  home: string;
  logFile(name: string): string;
  freePort(name: string): Promise<number>;
}

/** PostgreSQL and Redis of one contender: their CPU time is the contender's, and nobody else's work is in it. */
export interface BackingServers {
  databaseUrl: string;
  redisUrl: string;
  /** Kafka, if asked for. */
  brokers: string;
  postgres: StartedProcess;
  redis: StartedProcess;
}

const ports = createPortChooser({ remembered: {}, mode: 'free' });
/** Keeps the ports above 10080, which `fetch` refuses to call. */
const preferredPort = 1_000;

export function createPlace(repo: string, home: string, name: string): Place {
  const own = join(home, name);
  mkdirSync(join(own, 'logs'), { recursive: true });
  return {
    ...{ repo, home: own },
    logFile: (program) => join(own, 'logs', `${program}.log`),
    freePort: (program) => ports.choose(`${name}-${program}`, preferredPort),
  };
}

/** All durable and with the same settings. They end, and their data is deleted, when this process ends. */
export async function startBackingServers(
  place: Place,
  { withKafka = false }: { withKafka?: boolean } = {},
): Promise<BackingServers> {
  const { repo, home, freePort } = place;
  const outside: string[] = [];
  const context: PartContext = {
    ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
    started: killAtExit,
    signal: new AbortController().signal,
    outside: (folder) => outside.push(folder),
  };
  mkdirSync(context.dataDir, { recursive: true });
  process.once('exit', () => {
    for (const folder of outside) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const database = { port: await freePort('postgres'), password: randomBytes(16).toString('hex') };
  const redisPort = await freePort('redis');
  const kafka = { port: await freePort('kafka'), controllerPort: await freePort('controller') };
  const postgres = await createPostgres(context, { ...database, durable: true });
  const redis = await createRedisServer(context, { port: redisPort, durable: true });
  const parts: StackPart[] = [postgres, redis];
  if (withKafka) parts.push(await createKafkaBroker(context, kafka));
  await settleAll(parts.map((part) => part.start()));
  return {
    databaseUrl: postgresUrl(database),
    redisUrl: `redis://127.0.0.1:${redisPort}`,
    brokers: `127.0.0.1:${kafka.port}`,
    postgres: postgres.process as StartedProcess,
    redis: redis.process as StartedProcess,
  };
}
