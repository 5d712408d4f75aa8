import { randomBytes } from 'node:crypto';
import type { EnvShape } from '@lms/config';
import { type CloudEvent, createKafka, type EventType, ensureTopics, type KafkaConfig } from '@lms/events';
import type { Role } from '@lms/http';
import { createJobRunner } from '@lms/jobs';
import { createMetrics } from '@lms/runtime';
import { bindJobs, type CoreDeps, type DatabaseService } from '@lms/service';
import { v7 as uuidv7 } from 'uuid';
import type { TestBucket } from '../create-test-bucket.ts';
import { createTestDatabase, type TestDatabase } from '../create-test-database.ts';
import { stackEnv } from '../stack-env.ts';
import type { SchemaTarget } from '../statement-types.ts';
import { startTokenIssuer } from '../token-issuer.ts';
import {
  type PlainHarness,
  type PlainHarnessOptions,
  startPlainHarness,
  type WithToken,
} from './start-plain-harness.ts';

/** A signed-in user of the tests. */
export interface User extends WithToken {
  userId: string;
  role: Role;
}

/** A job that is waiting to run. */
export interface WaitingJob<P = Record<string, string>> {
  id: string;
  name: string;
  payload: P;
  run_at: Date;
}

export interface HarnessOptions extends PlainHarnessOptions {
  /** Bucket for a service with an object store; deleted by `stop`. */
  bucket?: TestBucket;
}

export interface Harness<S extends EnvShape, D> extends PlainHarness<S, D> {
  /** The database, with the name of the service's schema in it. */
  database: TestDatabase & SchemaTarget;
  /** Creates a user with a token; revoke it with `sessionId`. */
  user(role?: Role, sessionId?: string): Promise<User>;
  /** Events in the outbox, oldest first, all or those of a key. They are not published unless a relay is started. */
  events(key?: string): Promise<CloudEvent[]>;
  /** Handles an event in one transaction, like the consumers. */
  handle<T extends EventType>(event: CloudEvent<T>): Promise<void>;
  /** Waiting jobs, oldest first. */
  jobs<P = Record<string, string>>(): Promise<WaitingJob<P>[]>;
  /** Starts a runner, which runs jobs until it is stopped. */
  runJobs(changes?: Partial<D>): Promise<{ stop: () => Promise<void> }>;
  ensureTopics(): Promise<unknown>;
}

/**
 * Starts the real app of a declared service with its own database and topics. Its relay, consumers and jobs are
 * not started.
 */
export async function startHarness<S extends EnvShape, D extends CoreDeps>(
  service: DatabaseService<S, D>,
  { bucket, env, logLevel }: HarnessOptions = {},
): Promise<Harness<S, D>> {
  const { name } = service;
  const [database, issuer] = await Promise.all([createTestDatabase(name), startTokenIssuer()]);
  const plain = await startPlainHarness(service, {
    ...(logLevel ? { logLevel } : {}),
    env: {
      DATABASE_URL: database.databaseUrl,
      AUTH_JWKS_URL: issuer.jwksUrl,
      KAFKA_BROKERS: stackEnv().kafkaBrokers,
      KAFKA_TOPIC_PREFIX: `${name}-${randomBytes(5).toString('hex')}.`,
      KAFKA_PARTITIONS: '1',
      R2_PUBLIC_URL: 'https://cdn.example.com/',
      ...(bucket ? variablesOf(bucket) : {}),
      ...env,
    },
  });
  const { config, deps, log } = plain;
  await service.migrateDatabase({ config, log });
  const newMetrics = () => createMetrics({ service: name, nodeMetrics: false });

  return {
    ...plain,
    database: { ...database, schema: name },
    async user(role = 'learner', sessionId = uuidv7()) {
      const userId = uuidv7();
      return { userId, role, token: await issuer.tokenFor({ userId, role, sessionId }) };
    },
    async events(key) {
      const rows = await database.query<{ payload: string; key: string }>(
        `SELECT payload, key FROM ${name}.outbox ORDER BY seq`,
      );
      return rows
        .filter((row) => key === undefined || row.key === key)
        .map(({ payload }) => JSON.parse(payload) as CloudEvent);
    },
    handle: (event) =>
      deps.prisma.$transaction(async (tx) => {
        const unit = service.consumers.find(event.type);
        if (!unit) throw new Error(`${name} does not handle ${event.type}`);
        await unit.handle([event as unknown as CloudEvent], { tx, deps, log });
      }),
    jobs: <P>() =>
      database.query<WaitingJob<P>>(
        `SELECT jobs.id, tasks.identifier AS name, jobs.payload, jobs.run_at FROM ${name}_jobs._private_jobs jobs
         JOIN ${name}_jobs._private_tasks tasks ON tasks.id = jobs.task_id ORDER BY jobs.id`,
      ),
    async runJobs(changes = {}) {
      const handlers = bindJobs(service.jobs, { ...deps, ...changes });
      const runner = createJobRunner({
        pool: deps.pool,
        service: name,
        handlers,
        log,
        metrics: newMetrics(),
      });
      await runner.start();
      return { stop: () => runner.stop() };
    },
    ensureTopics() {
      const kafkaConfig = config as unknown as KafkaConfig;
      const kafka = createKafka({ config: kafkaConfig, clientId: 'test', log });
      return ensureTopics({ kafka, config: kafkaConfig, log });
    },
    async stop() {
      await plain.stop();
      await Promise.all([database.drop(), bucket?.drop(), issuer.close()]);
    },
  };
}

function variablesOf(bucket: TestBucket): Record<string, string> {
  return {
    R2_ENDPOINT: bucket.endpoint,
    R2_BUCKET: bucket.bucket,
    R2_ACCESS_KEY: bucket.accessKey,
    R2_SECRET_KEY: bucket.secretKey,
  };
}
