import { LRUCache } from 'lru-cache';
import type { Redis } from './create-redis.ts';

/** Sessions that a process remembers while Redis is down; more than end within the lifetime of an access token. */
const maxKnown = 50_000;

const keyOf = (sessionId: string) => `session:revoked:${sessionId}`;

/** Keeps ended sessions for as long as one of their access tokens could still be valid. */
export interface SessionRevocations {
  /** Marks a session as ended for `ttlSeconds` (the lifetime of an access token). */
  revoke(sessionId: string, ttlSeconds: number): Promise<void>;
  /** True if the session is known to have ended. */
  isRevoked(sessionId: string): Promise<boolean>;
}

/**
 * Revocations in Redis, shared by all services. While Redis is down, revocations that this process already knows still
 * apply, and other sessions are accepted: their tokens expire within minutes (docs/adr/0006-access-tokens.md).
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
