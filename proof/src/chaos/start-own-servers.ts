import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTcpProxy, type TcpProxy } from '@lms/testing';
import { createKafkaBroker } from '@lms/tools/stack/kafka';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import type { PartContext, StackPart } from '@lms/tools/stack/part';
import { createPortChooser } from '@lms/tools/stack/ports';
import { createPostgres, postgresUrl } from '@lms/tools/stack/postgres';
import { createRedisServer } from '@lms/tools/stack/redis';
import { settleAll } from '@lms/tools/stack/start-servers';

export const serverNames = ['postgres', 'redis', 'kafka'] as const;
export type ServerName = (typeof serverNames)[number];

/** PostgreSQL, Redis and Kafka of one run, each durable and behind a proxy. */
export interface OwnServers {
  parts: Record<ServerName, StackPart>;
  proxies: Record<ServerName, TcpProxy>;
  /** Addresses for clients, through the proxies by default. */
  addresses: { databaseUrl: string; redisUrl: string; brokers: string };
  /** Direct addresses without the proxy, for checking results. */
  directDatabaseUrl: string;
  directRedisUrl: string;
  /** Stops everything and deletes all data. */
  stop(): Promise<void>;
}

/**
 * Starts servers on free ports with their data and logs in `home`. Kafka advertises its proxy, so that no client can
 * bypass it.
 */
export async function startOwnServers(options: {
  repo: string;
  home: string;
  /** False to connect clients directly to the servers, for measurements. */
  proxied?: boolean;
}): Promise<OwnServers> {
  const { repo, home, proxied = true } = options;
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const port = {
    postgres: await ports.choose('postgres', 5432),
    redis: await ports.choose('redis', 6379),
    kafka: await ports.choose('kafka', 9092),
    controller: await ports.choose('kafkaController', 9093),
  };
  const stopping = new AbortController();
  const outside: string[] = [];
  const context: PartContext = {
    ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
    started: killAtExit,
    signal: stopping.signal,
    outside: (folder) => outside.push(folder),
  };
  mkdirSync(context.dataDir, { recursive: true });
  mkdirSync(context.logDir, { recursive: true });
  const proxyOf = (name: ServerName) => startTcpProxy({ host: '127.0.0.1', port: port[name] });
  const proxies = {
    postgres: await proxyOf('postgres'),
    redis: await proxyOf('redis'),
    kafka: await proxyOf('kafka'),
  };
  const clientPort = (name: ServerName) => (proxied ? proxies[name].port : port[name]);
  const password = randomBytes(16).toString('hex');
  const parts = {
    postgres: await createPostgres(context, { port: port.postgres, password, durable: true }),
    redis: await createRedisServer(context, { port: port.redis, durable: true }),
    kafka: await createKafkaBroker(context, {
      port: port.kafka,
      controllerPort: port.controller,
      advertisedPort: clientPort('kafka'),
    }),
  };
  const deleteData = () => {
    for (const folder of [join(home, 'data'), ...outside])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const stop = async () => {
    process.off('exit', deleteData);
    stopping.abort();
    await Promise.allSettled(serverNames.map((name) => parts[name].stop()));
    await Promise.all(serverNames.map((name) => proxies[name].close()));
    deleteData();
  };
  // After a crash or Ctrl-C.
  process.once('exit', deleteData);
  try {
    await settleAll(serverNames.map((name) => parts[name].start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    parts,
    proxies,
    addresses: {
      databaseUrl: postgresUrl({ port: clientPort('postgres'), password }),
      redisUrl: `redis://127.0.0.1:${clientPort('redis')}`,
      brokers: `127.0.0.1:${clientPort('kafka')}`,
    },
    directDatabaseUrl: postgresUrl({ port: port.postgres, password }),
    directRedisUrl: `redis://127.0.0.1:${port.redis}`,
    stop,
  };
}
