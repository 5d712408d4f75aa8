import type { Config } from '@lms/config';
import type { Counters, Redis } from '@lms/redis';
import type { CoreDeps, OwnDeps } from '@lms/service';
import { createAttemptCounters } from './attempts/create-attempt-counters.ts';
import type { authVariables } from './config.ts';
import { createMailer, type Mailer } from './emails/mailer.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import type { SessionLimits } from './sessions/session.ts';
import { type AccessTokenSigner, createAccessTokenSigner } from './tokens/access-token-signer.ts';
import { createKeyedHash, type KeyedHash } from './tokens/keyed-hash.ts';
import { createRefreshTokens, type RefreshTokens } from './tokens/refresh-tokens.ts';

export { PrismaClient };

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'auth';

/** A transaction or the client itself, as store functions accept it. */
export type Tx = Prisma.TransactionClient;

/** Dependencies of handlers; each handler names the part that it uses. */
export interface Deps extends CoreDeps<PrismaClient> {
  accessTokens: AccessTokenSigner;
  refreshTokens: RefreshTokens;
  sessionLimits: SessionLimits;
  /** Hashes tokens of mailed links. */
  mailTokenHashes: KeyedHash;
  /** Hashes requests that contain a password. */
  requestHashes: KeyedHash;
  /** Counts wrong passwords and the like. */
  counters: Counters;
  mailer: Mailer;
  /** Base URL of links in mails, without a trailing slash. */
  appUrl: string;
}

export function createDeps({
  config,
  redis,
}: {
  config: Config<typeof authVariables>;
  redis: Redis;
}): OwnDeps<Deps> {
  const keyedHash = (purpose: string) => createKeyedHash(config.JWT_REFRESH_SECRET, purpose);
  return {
    deps: {
      accessTokens: createAccessTokenSigner({
        secret: config.JWT_ACCESS_SECRET,
        lifeSeconds: config.JWT_ACCESS_EXPIRES_IN,
      }),
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
    },
  };
}
