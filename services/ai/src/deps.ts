import { join } from 'node:path';
import type { Config } from '@lms/config';
import { createKafka, type Kafka, type KafkaAdmin } from '@lms/events';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
  createRateLimiter,
  type RateLimiter,
} from '@lms/http';
import { createObjectStore, type ObjectStore } from '@lms/object-store';
import { createPool, createPrismaAdapter } from '@lms/postgres';
import { createRedis, createSessionRevocations, type Redis, type SessionRevocations } from '@lms/redis';
import type { Logger, Metrics } from '@lms/runtime';
import { type AiMetrics, createAiMetrics } from './ai-metrics.ts';
import type { aiVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { type GradingSettings, gradingSettings } from './grading/grading-settings.ts';
import { type AiProvider, createProvider } from './providers/index.ts';
import type { Budget } from './usage/budget.ts';

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'ai';
export const migrationsDir = join(import.meta.dirname, '../prisma/migrations');
/** Jobs that one process runs at the same time: nearly all of their time is waiting for the provider. */
export const gradingsAtOnce = 8;

/** A transaction, or the client itself: what store functions work with. */
export type Tx = Prisma.TransactionClient;

/** What handlers may ask for; each names the part it uses. */
export interface Deps {
  prisma: PrismaClient;
  redis: Redis;
  sessionRevocations: SessionRevocations;
  verifyAccessToken: AccessTokenVerifier;
  rateLimiter: RateLimiter;
  kafka: Kafka;
  kafkaAdmin: KafkaAdmin;
  /** Beside Prisma's pool: the job runner takes and releases its jobs with it. */
  pool: ReturnType<typeof createPool>;
  objectStore: ObjectStore;
  provider: AiProvider;
  budget: Budget;
  grading: GradingSettings;
  aiMetrics: AiMetrics;
  log: Logger;
}

/**
 * Creates every client of the service. Nothing here waits for a server to be there.
 * @throws ConfigError when the provider that is asked for lacks its key.
 */
export function createDeps(
  config: Config<typeof aiVariables>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): { deps: Deps; close: () => Promise<void> } {
  const provider = createProvider(config);
  const database = {
    databaseUrl: config.DATABASE_URL,
    schema: serviceName,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: serviceName,
    log,
  };
  const prisma = new PrismaClient({
    adapter: createPrismaAdapter({ ...database, poolSize: config.DATABASE_POOL_SIZE }),
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  const pool = createPool({ ...database, poolSize: gradingsAtOnce + 2 });
  const redis = createRedis({ url: config.REDIS_URL, name: serviceName, log });
  const kafka = createKafka({ config, clientId: `lms-${serviceName}`, log });
  const kafkaAdmin = kafka.createAdmin();
  const sessionRevocations = createSessionRevocations(redis);
  const objectStore = createObjectStore({
    endpoint: config.R2_ENDPOINT,
    region: config.R2_REGION,
    bucket: config.R2_BUCKET,
    accessKey: config.R2_ACCESS_KEY,
    secretKey: config.R2_SECRET_KEY,
  });
  return {
    deps: {
      prisma,
      redis,
      sessionRevocations,
      verifyAccessToken: createAccessTokenVerifier({
        keys: { jwksUrl: config.AUTH_JWKS_URL },
        isRevoked: (sessionId) => sessionRevocations.isRevoked(sessionId),
      }),
      rateLimiter: createRateLimiter({ redis, service: serviceName }),
      kafka,
      kafkaAdmin,
      pool,
      objectStore,
      provider,
      budget: { callsPerDay: config.AI_CALLS_PER_DAY, tokensPerDay: config.AI_TOKENS_PER_DAY },
      grading: gradingSettings(config),
      aiMetrics: createAiMetrics(metrics, provider),
      log,
    },
    async close() {
      objectStore.close();
      await Promise.allSettled([
        provider.close(),
        prisma.$disconnect(),
        pool.end(),
        redis.quit(),
        kafkaAdmin.close(),
      ]);
    },
  };
}
