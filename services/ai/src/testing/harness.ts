import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig, serviceVariables } from '@lms/config';
import { type CloudEvent, createKafka, type EventType, ensureTopics, type KafkaConfig } from '@lms/events';
import { createJobRunner, migrateJobs } from '@lms/jobs';
import { migrateDeploy } from '@lms/postgres';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import {
  createTestBucket,
  createTestDatabase,
  stackEnv,
  startFakeOpenAi,
  startTokenIssuer,
} from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../app.ts';
import { aiVariables } from '../config.ts';
import { consumers } from '../consumers.ts';
import { createDeps, type Deps, migrationsDir, serviceName } from '../deps.ts';
import { createJobs } from '../jobs.ts';

export interface User {
  userId: string;
  role: 'learner' | 'editor' | 'admin';
  token: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/**
 * The real app on a database, a bucket and topics of its own, with a fake OpenAI over real HTTP.
 * `provider: 'local'` starts it without a key; `env` is set over the defaults.
 */
export async function startHarness({
  provider = 'openai',
  env = {},
}: {
  provider?: 'local' | 'openai';
  env?: Record<string, string>;
} = {}) {
  const [database, bucket, issuer, fake] = await Promise.all([
    createTestDatabase('ai'),
    createTestBucket('ai'),
    startTokenIssuer(),
    startFakeOpenAi(),
  ]);
  const environment: Record<string, string> = {
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: stackEnv().redisUrl,
    AUTH_JWKS_URL: issuer.jwksUrl,
    KAFKA_BROKERS: stackEnv().kafkaBrokers,
    KAFKA_TOPIC_PREFIX: `${bucket.bucket}.`,
    KAFKA_PARTITIONS: '1',
    R2_ENDPOINT: bucket.endpoint,
    R2_BUCKET: bucket.bucket,
    R2_ACCESS_KEY: bucket.accessKey,
    R2_SECRET_KEY: bucket.secretKey,
    R2_PUBLIC_URL: 'https://cdn.example.com/',
    OPENAI_BASE_URL: fake.baseUrl,
    AI_TIMEOUT_MS: '1500',
    AI_MAX_RETRIES: '0',
    ...(provider === 'openai' ? { OPENAI_API_KEY: fake.apiKey } : {}),
    ...env,
  };
  const config = parseConfig({ ...serviceVariables, ...aiVariables }, environment);
  const log = createLogger({ service: serviceName, level: 'silent' });
  const metrics = createMetrics({ service: serviceName, nodeMetrics: false });
  const { deps, close } = createDeps(config, { log, metrics });
  // As in production, in a hurry; but patient, because the machine of a test may be busy.
  deps.grading = {
    ...deps.grading,
    firstDelayMs: 20,
    maxDelayMs: 50,
    maxAttempts: 3,
    recordingWithinMs: 400,
    answerWithinMs: 13_000,
  };
  await migrateDeploy({ databaseUrl: database.databaseUrl, schema: serviceName, migrationsDir, log });
  await migrateJobs({ pool: deps.pool, service: serviceName, log });
  const { server, base } = await listen(deps, metrics);

  const call = async (
    user: User | null,
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(user ? { authorization: `Bearer ${user.token}` } : {}),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };

  return {
    deps,
    config,
    /** What a process of the service would be given. */
    environment,
    metrics,
    log,
    bucket,
    database,
    fake,
    base,
    call,
    /** A user with a token; `sessionId` to revoke it. */
    async user(role: User['role'] = 'learner', sessionId = uuidv7()): Promise<User> {
      const userId = uuidv7();
      return { userId, role, token: await issuer.tokenFor({ userId, role, sessionId }) };
    },
    /** Runs jobs until it is stopped. */
    async runJobs(changes: Partial<Deps> = {}): Promise<{ stop: () => Promise<void> }> {
      const runner = createJobRunner({
        pool: deps.pool,
        service: serviceName,
        handlers: createJobs({ ...deps, ...changes }),
        log,
        metrics: createMetrics({ service: serviceName, nodeMetrics: false }),
      });
      await runner.start();
      return { stop: async () => runner.stop() };
    },
    /** Lets a service event be handled as the consumer does: in one transaction. */
    handle: <T extends EventType>(event: CloudEvent<T>) =>
      deps.prisma.$transaction(async (tx) => {
        const unit = consumers.find(event.type);
        if (!unit) throw new Error(`nobody handles ${event.type}`);
        await unit.handle([event as unknown as CloudEvent], { tx, deps, log });
      }),
    /** Waits up to a minute for something to become true. */
    async until(isTrue: () => Promise<boolean>): Promise<void> {
      const until = Date.now() + 60_000;
      while (Date.now() < until) {
        if (await isTrue()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`not true within a minute: ${isTrue}`);
    },
    /** The second base URL answers with other dependencies. */
    async withDeps(changes: Partial<Deps>) {
      const other = await listen(
        { ...deps, ...changes },
        createMetrics({ service: serviceName, nodeMetrics: false }),
      );
      return { base: other.base, close: () => stop(other.server) };
    },
    /** Events in the outbox, oldest first: nothing publishes them here. */
    async events(userId?: string): Promise<CloudEvent[]> {
      const rows = await database.query<{ payload: string; key: string }>(
        'SELECT payload, key FROM ai.outbox ORDER BY seq',
      );
      return rows
        .filter(({ key }) => userId === undefined || key === userId)
        .map(({ payload }) => JSON.parse(payload) as CloudEvent);
    },
    /** Waiting jobs with their payloads. */
    jobs: () =>
      database.query<{ name: string; payload: Record<string, string>; run_at: Date }>(
        `SELECT tasks.identifier AS name, jobs.payload, jobs.run_at FROM ai_jobs._private_jobs jobs
         JOIN ai_jobs._private_tasks tasks ON tasks.id = jobs.task_id ORDER BY jobs.id`,
      ),
    ensureTopics: () =>
      ensureTopics({
        kafka: createKafka({ config: config as KafkaConfig, clientId: 'test', log }),
        config: config as KafkaConfig,
        log,
      }),
    async stop() {
      await stop(server);
      await close();
      await Promise.all([database.drop(), bucket.drop(), issuer.close(), fake.close()]);
    },
  };
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
