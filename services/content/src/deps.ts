import { join } from 'node:path';
import type { Config } from '@lms/config';
import { createKafka, type Kafka, type KafkaAdmin } from '@lms/events';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
  createRateLimiter,
  type RateLimiter,
} from '@lms/http';
import { createPool, createPrismaAdapter } from '@lms/postgres';
import { createRedis, createSessionRevocations, type Redis, type SessionRevocations } from '@lms/redis';
import type { Logger } from '@lms/runtime';
import type { Pool } from 'pg';
import type { contentVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'content';
export const migrationsDir = join(import.meta.dirname, '../prisma/migrations');

/** A transaction: what every store function works with. */
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
  /** Beside Prisma's pool: health checks and jobs. */
  pool: Pool;
  /** CDN in front of the bucket, without a slash at the end. */
  publicMediaUrl: string;
  log: Logger;
}

/** Creates every client of the service. Nothing here waits for a server to be there. */
export function createDeps(
  config: Config<typeof contentVariables>,
  { log }: { log: Logger },
): { deps: Deps; close: () => Promise<void> } {
  const database = {
    databaseUrl: config.DATABASE_URL,
    schema: serviceName,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: serviceName,
    log,
  };
  const prisma = new PrismaClient({
    adapter: createPrismaAdapter({ ...database, poolSize: config.DATABASE_POOL_SIZE }),
    // maxWait covers a burst on a full pool; a transaction of this service takes milliseconds.
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  const pool = createPool({ ...database, poolSize: 6 });
  const redis = createRedis({ url: config.REDIS_URL, name: serviceName, log });
  const kafka = createKafka({ config, clientId: `lms-${serviceName}`, log });
  const kafkaAdmin = kafka.createAdmin();
  const sessionRevocations = createSessionRevocations(redis);
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
      publicMediaUrl: config.R2_PUBLIC_URL,
      log,
    },
    async close() {
      await Promise.allSettled([prisma.$disconnect(), pool.end(), redis.quit(), kafkaAdmin.close()]);
    },
  };
}
