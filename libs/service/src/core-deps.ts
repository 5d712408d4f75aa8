import type { Config, EnvShape, postgresVariables, redisVariables, serviceVariables } from '@lms/config';
import {
  createKafka,
  type Kafka,
  type KafkaAdmin,
  type kafkaVariables,
  type SqlTransaction,
} from '@lms/events';
import { type AccessTokenVerifier, createRateLimiter, type RateLimiter } from '@lms/http';
import { createPool, createPrismaAdapter, createSql, type Sql } from '@lms/postgres';
import { createRedis, createSessionRevocations, type Redis, type SessionRevocations } from '@lms/redis';
import type { Logger } from '@lms/runtime';
import type { Pool } from 'pg';

/** Default number of jobs that one process runs at the same time. */
export const defaultJobConcurrency = 4;

/** Variables that every service must list. */
export type BaseVariables = typeof redisVariables;
/** Variables that a service with a database must list. */
export type CoreVariables = BaseVariables & typeof postgresVariables & typeof kafkaVariables;

/** Parsed variables of a service, including those that all services have. */
export type ServiceConfig<S extends EnvShape> = Config<S & typeof serviceVariables>;
export type CoreConfig = ServiceConfig<CoreVariables>;

/** The part of a generated Prisma client that this library uses. */
export interface PrismaLike {
  $transaction<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T>;
  $queryRawUnsafe(sql: string): Promise<unknown>;
  $disconnect(): Promise<void>;
}

/** Constructor options of the generated `PrismaClient`. */
export interface PrismaOptions {
  adapter: ReturnType<typeof createPrismaAdapter>;
  transactionOptions: { maxWait: number; timeout: number };
}

/** Dependencies of every service. */
export interface BaseDeps {
  redis: Redis;
  rateLimiter: RateLimiter;
  verifyAccessToken: AccessTokenVerifier;
  sessionRevocations: SessionRevocations;
  /** Aborted when the process begins to stop: long streams should come to an end. */
  draining: AbortSignal;
  log: Logger;
}

/** Dependencies of every service with a database; `P` is the `PrismaClient` generated for it. */
export interface CoreDeps<P extends PrismaLike = PrismaLike> extends BaseDeps {
  prisma: P;
  /** Prepared statements on Prisma's pool, for paths where each millisecond counts. */
  sql: Sql;
  /** A pool separate from Prisma's, with which the job runner takes and releases its jobs. */
  pool: Pool;
  kafka: Kafka;
  kafkaAdmin: KafkaAdmin;
}

/** Clients and the function that closes them; closing waits for each and never throws. */
export interface Clients<C> {
  clients: C;
  close(): Promise<void>;
}

export type BaseClients = Omit<BaseDeps, 'verifyAccessToken'>;
export type CoreClients<P extends PrismaLike> = Omit<CoreDeps<P>, 'verifyAccessToken'>;

/** Creates the clients of a service without a database. Does not wait for a server. */
export function createBaseClients(options: {
  service: string;
  config: ServiceConfig<BaseVariables>;
  log: Logger;
  draining: AbortSignal;
}): Clients<BaseClients> {
  const { service, config, log, draining } = options;
  const redis = createRedis({ url: config.REDIS_URL, name: service, log });
  return {
    clients: {
      redis,
      rateLimiter: createRateLimiter({ redis, service }),
      sessionRevocations: createSessionRevocations(redis),
      draining,
      log,
    },
    // Without a connection QUIT cannot be sent, and the client would continue trying to connect.
    close: async () => void (await redis.quit().catch(() => redis.disconnect())),
  };
}

/** Creates the clients of a service with a database. Does not wait for a server. */
export function createCoreClients<P extends PrismaLike>(options: {
  service: string;
  config: CoreConfig;
  PrismaClient: new (options: PrismaOptions) => P;
  jobConcurrency: number;
  log: Logger;
  draining: AbortSignal;
}): Clients<CoreClients<P>> {
  const { service, config, log } = options;
  const base = createBaseClients(options);
  const database = {
    databaseUrl: config.DATABASE_URL,
    schema: service,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: service,
    log,
  };
  const requestPool = createPool({ ...database, poolSize: config.DATABASE_POOL_SIZE });
  const prisma = new options.PrismaClient({
    adapter: createPrismaAdapter(requestPool, database),
    // maxWait covers a burst on a full pool; our transactions take milliseconds.
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  // One connection for each running job, and two for the runner, which takes jobs and records their results.
  const pool = createPool({ ...database, poolSize: options.jobConcurrency + 2 });
  const kafka = createKafka({ config, clientId: `lms-${service}`, log });
  const kafkaAdmin = kafka.createAdmin();
  return {
    clients: { ...base.clients, prisma, sql: createSql(requestPool), pool, kafka, kafkaAdmin },
    async close() {
      await prisma.$disconnect().catch(() => undefined);
      // Prisma ends its pool only if it was used.
      const endPool = requestPool.ending ? undefined : requestPool.end();
      await Promise.allSettled([endPool, pool.end(), base.close(), kafkaAdmin.close()]);
    },
  };
}
