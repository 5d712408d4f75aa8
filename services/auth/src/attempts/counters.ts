import type { Redis } from '@lms/redis';
import type { Logger } from '@lms/runtime';
import type { KeyedHash } from '../tokens/keyed-hash.ts';

export interface Count {
  count: number;
  /** Until the count begins again from 0, in seconds. */
  secondsLeft: number;
}

/** Counts things that happen to a key, within a window that begins with the first of them. */
export interface Counters {
  /** Counts one more; gives the count with it. */
  add(name: string, key: string, windowSeconds: number): Promise<Count>;
  read(name: string, key: string): Promise<Count>;
  /** Takes one back. */
  subtract(name: string, key: string): Promise<void>;
  forget(name: string, key: string): Promise<void>;
}

/** After a failure Redis is left alone for this long: a request must not wait for it at every step. */
const restMs = 1_000;

/**
 * Counters in Redis, shared by all pods. Keys are hashed: Redis learns neither addresses nor networks. While
 * Redis is away each pod counts in its own memory, so that limits stay in force.
 */
export function createCounters(options: { redis: Redis; hash: KeyedHash; log: Logger }): Counters {
  const { redis, hash, log } = options;
  const own = createMemoryCounters();
  const keyOf = (name: string, key: string) => `attempts:${name}:${hash(key).toString('base64url')}`;
  let restsUntil = 0;
  const withFallback = async <T>(shared: () => Promise<T>, alone: () => T): Promise<T> => {
    if (performance.now() < restsUntil) return alone();
    try {
      return await shared();
    } catch (err) {
      restsUntil = performance.now() + restMs;
      log.debug({ err }, 'attempts are counted in memory');
      return alone();
    }
  };
  return {
    add(name, key, windowSeconds) {
      const id = keyOf(name, key);
      return withFallback(
        async () => {
          const [, count, secondsLeft] = await numbersOf(
            redis.multi().set(id, 0, 'EX', windowSeconds, 'NX').incr(id).ttl(id).exec(),
          );
          return { count: count ?? 0, secondsLeft: secondsLeft ?? 0 };
        },
        () => own.add(id, windowSeconds),
      );
    },
    read(name, key) {
      const id = keyOf(name, key);
      return withFallback(
        async () => {
          const [count, secondsLeft] = await numbersOf(redis.multi().get(id).ttl(id).exec());
          return { count: count ?? 0, secondsLeft: Math.max(0, secondsLeft ?? 0) };
        },
        () => own.read(id),
      );
    },
    subtract(name, key) {
      const id = keyOf(name, key);
      return withFallback(
        // Only while it is there: a count below 0 without an end would be a gift for later.
        async () => void (await redis.eval(subtractScript, 1, id)),
        () => own.subtract(id),
      );
    },
    forget(name, key) {
      const id = keyOf(name, key);
      return withFallback(
        async () => void (await redis.del(id)),
        () => own.forget(id),
      );
    },
  };
}

const subtractScript = `local n = tonumber(redis.call('GET', KEYS[1]) or '0')
if n > 0 then redis.call('DECR', KEYS[1]) end`;

async function numbersOf(exec: Promise<[Error | null, unknown][] | null>): Promise<number[]> {
  return ((await exec) ?? []).map(([error, value]) => {
    if (error) throw error;
    return Number(value ?? 0) || 0;
  });
}

const maxInMemory = 10_000;

function createMemoryCounters() {
  const entries = new Map<string, { count: number; endsAtMs: number }>();
  const live = (id: string) => {
    const entry = entries.get(id);
    if (entry && entry.endsAtMs > Date.now()) return entry;
    entries.delete(id);
    return undefined;
  };
  const countOf = (entry: { count: number; endsAtMs: number } | undefined): Count => ({
    count: entry?.count ?? 0,
    secondsLeft: entry ? Math.ceil((entry.endsAtMs - Date.now()) / 1_000) : 0,
  });
  return {
    add(id: string, windowSeconds: number): Count {
      const entry = live(id) ?? { count: 0, endsAtMs: Date.now() + windowSeconds * 1_000 };
      entry.count += 1;
      if (entries.size >= maxInMemory) entries.delete(entries.keys().next().value as string);
      entries.set(id, entry);
      return countOf(entry);
    },
    read: (id: string): Count => countOf(live(id)),
    subtract(id: string): void {
      const entry = live(id);
      if (entry && entry.count > 0) entry.count -= 1;
    },
    forget: (id: string): void => void entries.delete(id),
  };
}
