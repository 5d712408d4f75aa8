import { AppError } from '@lms/errors';
import { type Count, createCounters, createSettledCounters, type Redis } from '@lms/redis';

/** At most `limit` requests within `windowSeconds`, counted per user (or per address if not signed in). */
export interface RateLimit {
  /** Name in the `RateLimit` headers and in Redis. */
  name: string;
  limit: number;
  windowSeconds: number;
  /** `ip` counts per address even for signed-in callers: for sign-in routes. */
  by?: 'caller' | 'ip';
}

/** The part of a response that a limiter needs. */
export interface HeaderSink {
  setHeader(name: string, value: string): unknown;
}

/** Counts one request and sets the headers; throws AppError `rate_limited` if there were too many. */
export type RateLimiter = (limit: RateLimit, key: string, response: HeaderSink) => Promise<void> | void;

/**
 * Counts in Redis, shared by all pods; limits above 60 are partly counted in the process, so that few requests wait for
 * Redis and a pod lets at most 5 % of a limit more through (`createSettledCounters`). While Redis is down or hangs, each
 * pod counts in its own memory, so that limits stay in force; `patienceMs` is how long a request waits for Redis (see
 * `createCounters`). Headers: draft-ietf-httpapi-ratelimit-headers (`RateLimit`, `RateLimit-Policy`).
 * `close` passes on what this process has counted alone.
 */
export function createRateLimiter(options: {
  redis: Redis;
  service: string;
  patienceMs?: number;
}): RateLimiter & { close(): Promise<void> } {
  const { redis, service, patienceMs } = options;
  const counters = createSettledCounters(
    createCounters({
      ...{ redis, prefix: `ratelimit:${service}` },
      ...(patienceMs === undefined ? {} : { patienceMs }),
    }),
  );
  const check = (limit: RateLimit, requests: Count, response: HeaderSink) => {
    setHeaders(response, limit, requests);
    if (requests.count <= limit.limit) return;
    throw new AppError('rate_limited', 'Too many requests. Wait a moment and try again.', {
      retryAfterSeconds: secondsLeft(requests),
    });
  };
  const limiter: RateLimiter = (limit, key, response) => {
    const requests = counters.add(limit, key);
    if (requests instanceof Promise) return requests.then((count) => check(limit, count, response));
    check(limit, requests, response);
  };
  return Object.assign(limiter, { close: () => counters.close() });
}

function setHeaders(response: HeaderSink, limit: RateLimit, requests: Count): void {
  const remaining = Math.max(0, limit.limit - requests.count);
  response.setHeader('RateLimit-Policy', `"${limit.name}";q=${limit.limit};w=${limit.windowSeconds}`);
  response.setHeader('RateLimit', `"${limit.name}";r=${remaining};t=${secondsLeft(requests)}`);
}

function secondsLeft({ msLeft }: Count): number {
  return Math.max(1, Math.ceil(msLeft / 1000));
}
