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
import type { Logger } from '@lms/runtime';
import type { mediaVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { createSlots, type Slots } from './uploads/slots.ts';
import { type UploadSettings, uploadSettings } from './uploads/upload-settings.ts';

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'media';
export const migrationsDir = join(import.meta.dirname, '../prisma/migrations');

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
  /** Beside Prisma's pool: four jobs at a time, and who waits for them. */
  pool: ReturnType<typeof createPool>;
  objectStore: ObjectStore;
  /** CDN in front of `lessons/`, without a slash at the end. */
  publicUrl: string;
  uploads: UploadSettings;
  /** Files that are being checked at the same time, each of them whole in memory. */
  inspections: Slots;
  log: Logger;
}

/** Creates every client of the service. Nothing here waits for a server to be there. */
export function createDeps(
  config: Config<typeof mediaVariables>,
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
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  const pool = createPool({ ...database, poolSize: 6 });
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
    signedUrlEndpoint: config.R2_SIGNED_URL_ENDPOINT,
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
      publicUrl: config.R2_PUBLIC_URL.replace(/\/+$/, ''),
      uploads: uploadSettings(config),
      inspections: createSlots(4),
      log,
    },
    async close() {
      objectStore.close();
      await Promise.allSettled([prisma.$disconnect(), pool.end(), redis.quit(), kafkaAdmin.close()]);
    },
  };
}
