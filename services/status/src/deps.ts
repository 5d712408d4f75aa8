import type { Config } from '@lms/config';
import { AppError } from '@lms/errors';
import { type AccessTokenVerifier, createRateLimiter, type RateLimiter } from '@lms/http';
import { createRedis } from '@lms/redis';
import type { Logger } from '@lms/runtime';
import type { statusVariables } from './config.ts';
import { type ApiReference, createApiReference } from './docs/api-reference.ts';
import { createHealthWatch, type HealthWatch } from './health/health-watch.ts';

export const serviceName = 'status';

/** What handlers may ask for; each names the part it uses. */
export interface Deps {
  watchHealth: HealthWatch;
  apiReference: ApiReference;
  rateLimiter: RateLimiter;
  verifyAccessToken: AccessTokenVerifier;
  /** Aborted when this process begins to stop. */
  draining: AbortSignal;
  log: Logger;
}

/** Creates every client of the service. It has no database, and works without Redis. */
export function createDeps(
  config: Config<typeof statusVariables>,
  { log, ownDocument, draining }: { log: Logger; ownDocument: () => object; draining: AbortSignal },
): { deps: Deps; close: () => Promise<void> } {
  const redis = createRedis({ url: config.REDIS_URL, name: serviceName, log });
  return {
    deps: {
      watchHealth: createHealthWatch(config.STATUS_TARGETS),
      apiReference: createApiReference({ targets: config.STATUS_TARGETS, ownDocument }),
      rateLimiter: createRateLimiter({ redis, service: serviceName }),
      // Every route is public.
      verifyAccessToken: () => Promise.reject(new AppError('unauthenticated', 'Nobody signs in here.')),
      draining,
      log,
    },
    close: async () => redis.disconnect(),
  };
}
