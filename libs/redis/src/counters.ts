import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Redis } from './create-redis.ts';
import { findLastingRefusal } from './probe-redis.ts';
import { reportsOf } from './redis-reports.ts';

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
  /** Counts one more event, or `amount` events, and returns the count, including them. */
  add(window: CountedWindow, key: string, amount?: number): Promise<Count>;
  read(window: CountedWindow, key: string): Promise<Count>;
  /** Subtracts one event; a count never falls below 0. */
  subtract(window: CountedWindow, key: string): Promise<void>;
  /** Resets the count to 0. */
  forget(window: CountedWindow, key: string): Promise<void>;
}

/** A caller waits this long for Redis, in ms; after that, and for a second, events are counted in memory. */
export const counterPatienceMs = 250;
const restMs = 1_000;
/** Keys of one name that a process remembers while Redis is down; the least recently used is dropped first. */
const maxKeysInMemory = 10_000;

/**
 * Counters in Redis (`<prefix>:<name>:<key>`), shared by all pods. While Redis is down or does not answer in
 * `patienceMs`, each pod counts in its own memory, so that limits stay in force.
 *
 * They use plain commands only, in transactions: servers may forbid scripts, and a script has to be loaded first.
 */
export function createCounters({
  redis,
  prefix,
  patienceMs = counterPatienceMs,
}: {
  redis: Redis;
  prefix: string;
  patienceMs?: number;
}): Counters {
  // One set per name. Names are constants in the code, so this map does not grow with requests.
  const ownByName = new Map<string, OwnCounts>();
  const reports = reportsOf(redis);
  const shared = createSharedCounts(redis, prefix);
  let redisRestsUntil = 0;

  const withFallback = async <T>(
    { window, key }: { window: CountedWindow; key: string },
    work: (counts: Counts) => Promise<T>,
  ): Promise<T> => {
    if (redis.status !== 'ready') reports.fallback('down');
    else if (performance.now() < redisRestsUntil) reports.fallback('slow');
    else {
      try {
        return await withinPatience(work(shared), patienceMs);
      } catch (failure) {
        if (failure === tooSlow) redisRestsUntil = performance.now() + restMs;
        const refusal = findLastingRefusal(failure);
        if (refusal === undefined) reports.fallback(failure === tooSlow ? 'slow' : 'down');
        else reports.refused(refusal);
      }
    }
    const own = ownByName.get(window.name) ?? createOwnCounts(window);
    ownByName.set(window.name, own);
    own.keys.set(key, true);
    return work(own.counts);
  };

  return {
    add: (window, key, amount = 1) =>
      withFallback({ window, key }, (counts) => counts.add(window, key, amount)),
    read: (window, key) => withFallback({ window, key }, (counts) => counts.read(window, key)),
    subtract: (window, key) =>
      withFallback({ window, key }, async (counts) => {
        // A count below 0 would allow extra events later.
        if ((await counts.read(window, key)).count > 0) await counts.add(window, key, -1);
      }),
    forget: (window, key) => withFallback({ window, key }, (counts) => counts.forget(window, key)),
  };
}

interface Counts {
  add(window: CountedWindow, key: string, amount: number): Promise<Count>;
  read(window: CountedWindow, key: string): Promise<Count>;
  forget(window: CountedWindow, key: string): Promise<void>;
}

/** Every change is a transaction on one key; the first event of a window sets the time at which the key expires. */
function createSharedCounts(redis: Redis, prefix: string): Counts {
  const nameOf = (window: CountedWindow, key: string) => `${prefix}:${window.name}:${key}`;
  return {
    async add(window, key, amount) {
      const name = nameOf(window, key);
      const { windowSeconds } = window;
      const [, count, msLeft] = await repliesOf(
        redis.multi().set(name, 0, 'EX', windowSeconds, 'NX').incrby(name, amount).pttl(name),
      );
      // Somebody has made the key permanent: without this it would count for ever.
      if (Number(msLeft) < 0) await redis.expire(name, windowSeconds);
      return countOf(count, Number(msLeft) < 0 ? windowSeconds * 1_000 : msLeft);
    },
    async read(window, key) {
      const name = nameOf(window, key);
      const [count, msLeft] = await repliesOf(redis.multi().get(name).pttl(name));
      return countOf(count, msLeft);
    },
    async forget(window, key) {
      await redis.del(nameOf(window, key));
    },
  };
}

async function repliesOf(transaction: ReturnType<Redis['multi']>): Promise<unknown[]> {
  const replies = (await transaction.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

interface OwnCounts {
  counts: Counts;
  /** The keys that are counted, because the limiter itself has no limit. */
  keys: LRUCache<string, true>;
}

function createOwnCounts({ windowSeconds }: CountedWindow): OwnCounts {
  // Only the counts are used: the caller decides how many are too many.
  const limiter = new RateLimiterMemory({ points: 1, duration: windowSeconds });
  return {
    counts: {
      async add(_window, key, amount) {
        const { consumedPoints, msBeforeNext } = await limiter.penalty(key, amount);
        return countOf(consumedPoints, msBeforeNext);
      },
      async read(_window, key) {
        const result = await limiter.get(key);
        return countOf(result?.consumedPoints, result?.msBeforeNext);
      },
      forget: async (_window, key) => void (await limiter.delete(key)),
    },
    keys: new LRUCache({ max: maxKeysInMemory, dispose: (_true, key) => void limiter.delete(key) }),
  };
}

function countOf(count: unknown, msLeft: unknown): Count {
  return { count: Number(count ?? 0) || 0, msLeft: Math.max(0, Number(msLeft ?? 0) || 0) };
}

const tooSlow = new Error('Redis took too long');

function withinPatience<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow), patienceMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
