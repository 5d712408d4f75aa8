import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Redis } from './create-redis.ts';

/** What is counted together: a name, and how long a count lasts after its first event. */
export interface CountedWindow {
  name: string;
  windowSeconds: number;
}

export interface Count {
  count: number;
  /** Time until the count restarts from 0, in milliseconds; 0 if nothing is counted. */
  msLeft: number;
}

/** Counts events per key, in a window that begins with the first event. Never throws. */
export interface Counters {
  /** Counts one more event and returns the count, including this event. */
  add(window: CountedWindow, key: string): Promise<Count>;
  read(window: CountedWindow, key: string): Promise<Count>;
  /** Subtracts one event; a count never falls below 0. */
  subtract(window: CountedWindow, key: string): Promise<void>;
  /** Resets the count to 0. */
  forget(window: CountedWindow, key: string): Promise<void>;
}

/** A caller waits this long for Redis; after that, and for a second, events are counted in memory. */
const patienceMs = 250;
const restMs = 1_000;
/** Keys of one name that a process remembers while Redis is down; the least recently used is dropped first. */
const maxKeysInMemory = 10_000;

/**
 * Counters in Redis (`<prefix>:<name>:<key>`), shared by all pods. While Redis is down or does not answer in
 * time, each pod counts in its own memory, so that limits stay in force.
 */
export function createCounters({ redis, prefix }: { redis: Redis; prefix: string }): Counters {
  // One set per name. Names are constants in the code, so this map does not grow with requests.
  const limitersByName = new Map<string, Limiters>();
  let redisRestsUntil = 0;

  const withFallback = async <T>(
    { window, key }: { window: CountedWindow; key: string },
    work: (limiter: RateLimiterRedis | RateLimiterMemory) => Promise<T>,
  ): Promise<T> => {
    const limiters = limitersByName.get(window.name) ?? createLimiters(window, { redis, prefix });
    limitersByName.set(window.name, limiters);
    if (performance.now() >= redisRestsUntil) {
      try {
        return await withinPatience(work(limiters.shared));
      } catch (failure) {
        if (failure === tooSlow) redisRestsUntil = performance.now() + restMs;
      }
    }
    limiters.ownKeys.set(key, true);
    return work(limiters.own);
  };

  return {
    add: (window, key) =>
      withFallback({ window, key }, async (limiter) => countOf(await limiter.penalty(key))),
    read: (window, key) => withFallback({ window, key }, async (limiter) => countOf(await limiter.get(key))),
    subtract: (window, key) =>
      withFallback({ window, key }, async (limiter) => {
        // A count below 0 would allow extra events later.
        if (countOf(await limiter.get(key)).count > 0) await limiter.reward(key);
      }),
    forget: (window, key) =>
      withFallback({ window, key }, async (limiter) => void (await limiter.delete(key))),
  };
}

interface Limiters {
  shared: RateLimiterRedis;
  own: RateLimiterMemory;
  ownKeys: LRUCache<string, true>;
}

function createLimiters(
  { name, windowSeconds }: CountedWindow,
  { redis, prefix }: { redis: Redis; prefix: string },
): Limiters {
  // Only the counts are used: the caller decides how many are too many.
  const settings = { keyPrefix: `${prefix}:${name}`, points: 1, duration: windowSeconds };
  const own = new RateLimiterMemory(settings);
  return {
    shared: new RateLimiterRedis({ ...settings, storeClient: redis, rejectIfRedisNotReady: true }),
    own,
    ownKeys: new LRUCache({ max: maxKeysInMemory, dispose: (_true, key) => void own.delete(key) }),
  };
}

function countOf(result: RateLimiterRes | null): Count {
  return { count: result?.consumedPoints || 0, msLeft: Math.max(0, result?.msBeforeNext || 0) };
}

const tooSlow = new Error('Redis took too long');

function withinPatience<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow), patienceMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
