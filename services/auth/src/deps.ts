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
import {
  type Counters,
  createRedis,
  createSessionRevocations,
  type Redis,
  type SessionRevocations,
} from '@lms/redis';
import type { Logger } from '@lms/runtime';
import { createAttemptCounters } from './attempts/create-attempt-counters.ts';
import type { authVariables } from './config.ts';
import { createMailer, type Mailer } from './emails/mailer.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import type { SessionLimits } from './sessions/session.ts';
import { type AccessTokenSigner, createAccessTokenSigner } from './tokens/access-token-signer.ts';
import { createKeyedHash, type KeyedHash } from './tokens/keyed-hash.ts';
import { createRefreshTokens, type RefreshTokens } from './tokens/refresh-tokens.ts';

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'auth';
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
  accessTokens: AccessTokenSigner;
  refreshTokens: RefreshTokens;
  sessionLimits: SessionLimits;
  /** Of tokens in mailed links. */
  mailTokenHashes: KeyedHash;
  /** Of requests that hold a password. */
  requestHashes: KeyedHash;
  /** Wrong passwords and the like. */
  counters: Counters;
  mailer: Mailer;
  /** Where links in mails lead, without a slash at the end. */
  appUrl: string;
  log: Logger;
}

/** Creates every client of the service. Nothing here waits for a server to be there. */
export function createDeps(
  config: Config<typeof authVariables>,
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
  const accessTokens = createAccessTokenSigner({
    secret: config.JWT_ACCESS_SECRET,
    lifeSeconds: config.JWT_ACCESS_EXPIRES_IN,
  });
  const keyedHash = (purpose: string) => createKeyedHash(config.JWT_REFRESH_SECRET, purpose);
  return {
    deps: {
      prisma,
      redis,
      sessionRevocations,
      verifyAccessToken: createAccessTokenVerifier({
        keys: { jwks: accessTokens.jwks },
        isRevoked: (sessionId) => sessionRevocations.isRevoked(sessionId),
      }),
      rateLimiter: createRateLimiter({ redis, service: serviceName }),
      kafka,
      kafkaAdmin,
      pool,
      accessTokens,
      refreshTokens: createRefreshTokens(config.JWT_REFRESH_SECRET),
      sessionLimits: {
        idleSeconds: config.JWT_REFRESH_EXPIRES_IN,
        maxAgeSeconds: config.SESSION_MAX_AGE,
      },
      mailTokenHashes: keyedHash('mail token'),
      requestHashes: keyedHash('request hash'),
      counters: createAttemptCounters({ redis, hash: keyedHash('attempts') }),
      mailer: createMailer({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM }),
      appUrl: config.APP_URL.replace(/\/+$/, ''),
      log,
    },
    async close() {
      await Promise.allSettled([prisma.$disconnect(), pool.end(), redis.quit(), kafkaAdmin.close()]);
    },
  };
}
