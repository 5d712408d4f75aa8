import {
  type Config,
  databaseUrlWarning,
  directDatabaseUrl,
  type EnvShape,
  type postgresVariables,
  type redisVariables,
  type serviceVariables,
} from '@lms/config';
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
import type { Logger, Metrics, ServeMode } from '@lms/runtime';
import type { Pool } from 'pg';

/** Default number of jobs that one process runs at the same time. */
export const defaultJobConcurrency = 4;

/** Default of DATABASE_POOL_SIZE: connections for requests, events and jobs. */
const defaultPoolSize: Record<ServeMode, number> = { api: 4, worker: 5, all: 9 };
/** The runner listens on one connection, and takes jobs and records their results on another. */
const jobsPoolSize = 2;

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
  /** The pool of the job runner: Prisma's, or one of its own on DATABASE_DIRECT_URL. Does not hold work of jobs. */
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
  metrics: Metrics;
  draining: AbortSignal;
}): Clients<BaseClients> {
  const { service, config, log, metrics, draining } = options;
  const redis = createRedis({ url: config.REDIS_URL, name: service, log, metrics });
  const rateLimiter = createRateLimiter({ redis, service });
  const sessionRevocations = createSessionRevocations(redis, { log, metrics });
  return {
    clients: { redis, rateLimiter, sessionRevocations, draining, log },
    async close() {
      sessionRevocations.close();
      await rateLimiter.close();
      // Without a connection QUIT cannot be sent, and the client would continue trying to connect.
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}

/** Creates the clients of a service with a database. Does not wait for a server. */
export function createCoreClients<P extends PrismaLike>(options: {
  service: string;
  config: CoreConfig;
  PrismaClient: new (options: PrismaOptions) => P;
  log: Logger;
  metrics: Metrics;
  draining: AbortSignal;
  mode?: ServeMode;
}): Clients<CoreClients<P>> {
  const { service, config, log, mode = 'all' } = options;
  const base = createBaseClients(options);
  const warning = databaseUrlWarning(config);
  if (warning) log.warn({}, warning);
  const database = {
    schema: service,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: service,
    log,
  };
  const pooler = config.DATABASE_DIRECT_URL !== undefined;
  // On a shared pool the job runner keeps one connection to listen on.
  const listening = mode !== 'api' && !pooler ? 1 : 0;
  const requestPool = createPool({
    ...{ ...database, databaseUrl: config.DATABASE_URL, pooler },
    poolSize: (config.DATABASE_POOL_SIZE ?? defaultPoolSize[mode]) + listening,
  });
  const prisma = new options.PrismaClient({
    adapter: createPrismaAdapter(requestPool, database),
    // maxWait covers a burst on a full pool; our transactions take milliseconds.
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  const pool = pooler
    ? createPool({ ...database, databaseUrl: directDatabaseUrl(config), poolSize: jobsPoolSize })
    : requestPool;
  const kafka = createKafka({ config, clientId: `lms-${service}`, log });
  const kafkaAdmin = kafka.createAdmin();
  return {
    clients: { ...base.clients, prisma, sql: createSql(requestPool), pool, kafka, kafkaAdmin },
    async close() {
      await prisma.$disconnect().catch(() => undefined);
      // Prisma ends its pool only if it was used.
      const open = [...new Set([requestPool, pool])].filter(({ ending }) => !ending);
      await Promise.allSettled([...open.map((each) => each.end()), base.close(), kafkaAdmin.close()]);
    },
  };
}
