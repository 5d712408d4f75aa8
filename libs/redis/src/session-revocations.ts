import { LRUCache } from 'lru-cache';
import type { Redis } from './create-redis.ts';

/** Sessions a process remembers for the time Redis is down: more than end within the life of an access token. */
const maxKnown = 50_000;

const keyOf = (sessionId: string) => `session:revoked:${sessionId}`;

/** Remembers ended sessions for as long as an access token of theirs could still be valid. */
export interface SessionRevocations {
  /** Marks a session as ended for `ttlSeconds` (the life of an access token). */
  revoke(sessionId: string, ttlSeconds: number): Promise<void>;
  /** True when the session is known to have ended. */
  isRevoked(sessionId: string): Promise<boolean>;
}

/**
 * Revocations in Redis, seen by every service. While Redis is down, what this process learned itself still
 * counts, and other sessions pass: their tokens end within minutes (docs/adr/0006-access-tokens.md).
 */
export function createSessionRevocations(redis: Redis): SessionRevocations {
  const known = new LRUCache<string, true>({ max: maxKnown });
  return {
    async revoke(sessionId, ttlSeconds) {
      known.set(sessionId, true, { ttl: ttlSeconds * 1_000 });
      await redis.set(keyOf(sessionId), '1', 'EX', ttlSeconds);
    },
    async isRevoked(sessionId) {
      if (known.has(sessionId)) return true;
      try {
        return (await redis.exists(keyOf(sessionId))) === 1;
      } catch {
        return false;
      }
    },
  };
}
