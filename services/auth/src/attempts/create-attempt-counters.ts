import { type Counters, createCounters, type Redis } from '@lms/redis';
import type { KeyedHash } from '../tokens/keyed-hash.ts';

/** Counters of wrong passwords and the like. Keys are hashed: Redis learns neither addresses nor networks. */
export function createAttemptCounters({ redis, hash }: { redis: Redis; hash: KeyedHash }): Counters {
  const counters = createCounters({ redis, prefix: 'attempts' });
  const stored = (key: string) => hash(key).toString('base64url');
  return {
    add: (window, key) => counters.add(window, stored(key)),
    read: (window, key) => counters.read(window, stored(key)),
    subtract: (window, key) => counters.subtract(window, stored(key)),
    forget: (window, key) => counters.forget(window, stored(key)),
  };
}
