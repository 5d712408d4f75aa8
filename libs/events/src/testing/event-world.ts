import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseConfig } from '@lms/config';
import { createLogger, createMetrics } from '@lms/runtime';
import { createTestDatabase, stackEnv } from '@lms/testing';
import pg from 'pg';
import { type ConsumerOptions, createConsumerTask } from '../consume/create-consumer-task.ts';
import { createKafka } from '../kafka/create-kafka.ts';
import { kafkaVariables } from '../kafka/variables.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { createOutboxRelay } from '../outbox/create-outbox-relay.ts';
import { ensureTopics } from '../topics.ts';

/** A transaction for tests: the interface of a Prisma transaction that events use, on plain pg. */
export type TestTransaction = SqlTransaction;

/** Databases, topics and clients of one test file; `close` removes them all. */
export type EventWorld = Awaited<ReturnType<typeof createEventWorld>>;

/** Creates a database with the backbone in each schema, and topics with a unique prefix. */
export async function createEventWorld(options: { schemas?: string[]; partitions?: number } = {}) {
  const prefix = `t${randomBytes(5).toString('hex')}.`;
  const database = await createTestDatabase('events');
  const log = createLogger({ service: 'test', level: process.env.LOG_LEVEL ?? 'silent' });
  const config = parseConfig(kafkaVariables, {
    KAFKA_BROKERS: stackEnv().kafkaBrokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_PARTITIONS: String(options.partitions ?? 3),
  });
  const kafka = createKafka({ config, clientId: 'test', log });
  await ensureTopics({ kafka, config, log });
  const backbone = readFileSync(new URL('../sql/backbone.sql', import.meta.url), 'utf8');
  const pools = new Map<string, pg.Pool>();
  for (const schema of options.schemas ?? ['auth', 'content']) {
    await database.query(`CREATE SCHEMA ${schema}`);
    const pool = createSchemaPool(database.databaseUrl, schema);
    await pool.query(backbone);
    pools.set(schema, pool);
  }
  const cleanUps: (() => Promise<void>)[] = [];

  const poolOf = (schema: string): pg.Pool => {
    const pool = pools.get(schema);
    if (!pool) throw new Error(`no schema ${schema}`);
    return pool;
  };
  const transactionsOf = (schema: string) => createTransactions(poolOf(schema));

  return {
    prefix,
    config,
    kafka,
    log,
    databaseUrl: database.databaseUrl,
    transactionsOf,
    async query<R extends pg.QueryResultRow>(schema: string, sql: string, values?: unknown[]): Promise<R[]> {
      return (await poolOf(schema).query<R>(sql, values)).rows;
    },
    /** Starts a relay, which `close` stops at the latest. */
    async startRelay(schema: string, overrides: Partial<Parameters<typeof createOutboxRelay>[0]> = {}) {
      const metrics = createMetrics({ service: 'test', nodeMetrics: false });
      const relay = createOutboxRelay({
        databaseUrl: database.databaseUrl,
        schema,
        topicPrefix: prefix,
        kafka,
        log,
        metrics,
        ...overrides,
      });
      await relay.start();
      cleanUps.push(() => relay.stop());
      return { relay, metrics };
    },
    /** Starts the consumers of a service, which `close` stops at the latest. */
    async startConsumers(
      service: string,
      given: Pick<ConsumerOptions<TestTransaction, undefined>, 'consumers'> &
        Partial<ConsumerOptions<TestTransaction, undefined>>,
    ) {
      const metrics = createMetrics({ service: 'test', nodeMetrics: false });
      const task = createConsumerTask<TestTransaction, undefined>({
        service,
        topicPrefix: prefix,
        deps: undefined,
        kafka,
        runTransaction: transactionsOf(service),
        log,
        metrics,
        ...given,
      });
      await task.start();
      cleanUps.push(() => task.stop());
      return { task, metrics };
    },
    async close() {
      await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await database.drop();
    },
  };
}

function createSchemaPool(databaseUrl: string, schema: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 5_000,
    options: `-c search_path=${schema}`,
  });
  pool.on('error', () => undefined);
  return pool;
}

/** `prisma.$transaction` as events see it. */
export function createTransactions(pool: pg.Pool) {
  return async <T>(work: (tx: TestTransaction) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    client.on('error', (error) => {
      broken = error;
    });
    try {
      await client.query('BEGIN');
      const result = await work({
        $queryRawUnsafe: async <R>(sql: string, ...values: unknown[]) =>
          (await client.query(sql, values)).rows as R,
        $executeRawUnsafe: async (sql, ...values) => (await client.query(sql, values)).rowCount ?? 0,
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.removeAllListeners('error');
      client.on('error', () => undefined);
      client.release(broken);
    }
  };
}
