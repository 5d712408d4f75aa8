import { AppError } from '@lms/errors';
import type { Redis } from '@lms/redis';
import type { Response } from 'express';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** At most `limit` requests within `windowSeconds`, counted per user (or per address if not signed in). */
export interface RateLimit {
  /** Name in the `RateLimit` headers and in Redis. */
  name: string;
  limit: number;
  windowSeconds: number;
  /** `ip` counts per address even for signed-in callers: for sign-in routes. */
  by?: 'caller' | 'ip';
}

/** Counts one request and sets the headers; throws AppError `rate_limited` if there were too many. */
export type RateLimiter = (limit: RateLimit, key: string, res: Response) => Promise<void>;

/** A request waits this long for Redis to count it; after that, requests are counted in memory for a second. */
const patienceMs = 250;
const restMs = 1_000;

/**
 * Counts in Redis, shared by all pods. While Redis is down or hangs, each pod counts in its own memory, so that limits
 * stay in force. Headers: draft-ietf-httpapi-ratelimit-headers (`RateLimit`, `RateLimit-Policy`).
 */
export function createRateLimiter(options: { redis: Redis; service: string }): RateLimiter {
  const limiters = new Map<string, { shared: RateLimiterRedis; own: RateLimiterMemory }>();
  let sharedRestsUntil = 0;
  const limitersFor = (limit: RateLimit) => {
    let pair = limiters.get(limit.name);
    if (!pair) {
      const settings = {
        keyPrefix: `ratelimit:${options.service}:${limit.name}`,
        points: limit.limit,
        duration: limit.windowSeconds,
      };
      const shared = new RateLimiterRedis({
        ...settings,
        storeClient: options.redis,
        rejectIfRedisNotReady: true,
      });
      pair = { shared, own: new RateLimiterMemory(settings) };
      limiters.set(limit.name, pair);
    }
    return pair;
  };
  const consume = async (limit: RateLimit, key: string): Promise<RateLimiterRes> => {
    const { shared, own } = limitersFor(limit);
    if (performance.now() < sharedRestsUntil) return own.consume(key);
    try {
      return await withinPatience(shared.consume(key));
    } catch (failure) {
      if (failure instanceof RateLimiterRes) throw failure;
      if (failure === tooSlow) sharedRestsUntil = performance.now() + restMs;
      return own.consume(key);
    }
  };

  return async (limit, key, res) => {
    try {
      setHeaders(res, limit, await consume(limit, key));
    } catch (result) {
      if (!(result instanceof RateLimiterRes)) throw result;
      setHeaders(res, limit, result);
      throw new AppError('rate_limited', 'Too many requests. Wait a moment and try again.', {
        retryAfterSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
      });
    }
  };
}

const tooSlow = new Error('Redis took too long');

function withinPatience<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow), patienceMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function setHeaders(res: Response, limit: RateLimit, result: RateLimiterRes): void {
  const resetSeconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
  res.setHeader('RateLimit-Policy', `"${limit.name}";q=${limit.limit};w=${limit.windowSeconds}`);
  res.setHeader('RateLimit', `"${limit.name}";r=${Math.max(0, result.remainingPoints)};t=${resetSeconds}`);
}
