import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig, serviceVariables } from '@lms/config';
import { type CloudEvent, createKafka, ensureTopics, type KafkaConfig } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import { migrateDeploy } from '@lms/postgres';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import { createTestDatabase, stackEnv, startTokenIssuer } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../app.ts';
import { contentVariables } from '../config.ts';
import { createDeps, type Deps, migrationsDir, serviceName } from '../deps.ts';

export interface User {
  userId: string;
  role: 'learner' | 'editor' | 'admin';
  token: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** The real app on a database and topics of its own. `env` is set over the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const [database, issuer] = await Promise.all([createTestDatabase('content'), startTokenIssuer()]);
  const config = parseConfig(
    { ...serviceVariables, ...contentVariables },
    {
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: stackEnv().redisUrl,
      AUTH_JWKS_URL: issuer.jwksUrl,
      KAFKA_BROKERS: stackEnv().kafkaBrokers,
      KAFKA_TOPIC_PREFIX: `content-${uuidv7().slice(-12)}.`,
      KAFKA_PARTITIONS: '2',
      R2_PUBLIC_URL: 'https://cdn.example.com/',
      ...env,
    },
  );
  const log = createLogger({ service: serviceName, level: 'silent' });
  const metrics = createMetrics({ service: serviceName, nodeMetrics: false });
  const { deps, close } = createDeps(config, { log });
  await migrateDeploy({ databaseUrl: database.databaseUrl, schema: serviceName, migrationsDir, log });
  await migrateJobs({ pool: deps.pool, service: serviceName, log });
  const { server, base } = await listen(deps, metrics);

  const call = async (
    user: User | null,
    method: string,
    path: string,
    options: { body?: unknown; zip?: Uint8Array; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const body = options.zip ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(user ? { authorization: `Bearer ${user.token}` } : {}),
        ...(body === undefined
          ? {}
          : { 'content-type': options.zip ? 'application/zip' : 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: body as string }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined,
    };
  };

  return {
    deps,
    config,
    metrics,
    log,
    database,
    call,
    /** A user with a token; `sessionId` to revoke it. */
    async user(role: User['role'] = 'learner', sessionId = uuidv7()): Promise<User> {
      const userId = uuidv7();
      return { userId, role, token: await issuer.tokenFor({ userId, role, sessionId }) };
    },
    /** Events in the outbox, oldest first: nothing publishes them unless a test starts the relay. */
    async events(key?: string): Promise<CloudEvent[]> {
      const rows = await database.query<{ payload: string; key: string }>(
        'SELECT payload, key FROM content.outbox ORDER BY seq',
      );
      return rows
        .filter((row) => key === undefined || row.key === key)
        .map(({ payload }) => JSON.parse(payload) as CloudEvent);
    },
    ensureTopics: () =>
      ensureTopics({
        kafka: createKafka({ config: config as KafkaConfig, clientId: 'test', log }),
        config: config as KafkaConfig,
        log,
      }),
    async stop() {
      await stop(server);
      await close();
      await Promise.all([database.drop(), issuer.close()]);
    },
  };
}

/** Asks as a cache does. Without the second header `fetch` asks for the whole again, by its standard. */
export function ifNoneMatch(etag: string): Record<string, string> {
  return { 'if-none-match': etag, 'cache-control': 'max-age=0' };
}

async function listen(deps: Deps, metrics: Metrics): Promise<{ server: Server; base: string }> {
  const server = createServer(createApp(deps, { metrics, trustProxyHops: 1, corsOrigins: [] }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1` };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
