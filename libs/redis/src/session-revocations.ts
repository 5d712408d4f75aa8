import type { Metrics } from '@lms/runtime';
import { LRUCache } from 'lru-cache';
import type { Redis, RedisLog } from './create-redis.ts';
import {
  type Revocation,
  type RevocationSubscription,
  revocationChannel,
  revocationsByExpiry,
  subscribeToRevocations,
} from './revocation-subscription.ts';

/** Sessions that a process remembers; more than end within the lifetime of an access token. */
const defaultMaxKnown = 50_000;
/** Clocks of pods may differ by this much: what has expired for one may matter to another. */
const clockToleranceMs = 60_000;

const keyOf = (sessionId: string) => `session:revoked:${sessionId}`;

/** Keeps ended sessions for as long as one of their access tokens could still be valid. */
export interface SessionRevocations {
  /** Marks a session as ended for `ttlSeconds` (the lifetime of an access token). */
  revoke(sessionId: string, ttlSeconds: number): Promise<void>;
  /** True if the session is known to have ended; a promise if Redis has to be asked. The first call subscribes. */
  isRevoked(sessionId: string): boolean | Promise<boolean>;
}

/**
 * Revocations in Redis, shared by all services. Every process that asks has a subscription and knows all of them, so
 * that a request costs no round trip; while the subscription is not healthy, or the process has forgotten some because
 * they were too many, Redis is asked at every request. While Redis is down, revocations that this process already knows
 * still apply, and other sessions are accepted: their tokens expire within minutes (docs/adr/0006-access-tokens.md).
 *
 * A revocation is a key, which processes of earlier versions and those without a subscription ask for; a member of a
 * set, which is read after a connect; and a message.
 */
export function createSessionRevocations(
  redis: Redis,
  options: { log: RedisLog; metrics?: Metrics | undefined; maxKnown?: number },
): SessionRevocations & { close(): void } {
  const { maxKnown = defaultMaxKnown } = options;
  let incompleteUntilMs = 0;
  const known = new LRUCache<string, Revocation>({
    max: maxKnown,
    dispose: ({ expiresAtMs }, _id, reason) => {
      if (reason === 'evict') incompleteUntilMs = Math.max(incompleteUntilMs, expiresAtMs);
    },
  });
  const remember = (revocation: Revocation) => {
    const ttl = revocation.expiresAtMs - Date.now();
    if (ttl > 0) known.set(revocation.sessionId, revocation, { ttl });
  };
  let subscription: RevocationSubscription | undefined;

  const ask = async (sessionId: string): Promise<boolean> => {
    subscription?.countQuestion();
    try {
      return (await redis.exists(keyOf(sessionId))) === 1;
    } catch {
      return false;
    }
  };

  return {
    async revoke(sessionId, ttlSeconds) {
      const now = Date.now();
      const expiresAtMs = now + ttlSeconds * 1_000;
      remember({ sessionId, expiresAtMs });
      const stored = redis
        .multi()
        .set(keyOf(sessionId), '1', 'EX', ttlSeconds)
        .zadd(revocationsByExpiry, expiresAtMs, sessionId)
        .zremrangebyscore(revocationsByExpiry, 0, now - clockToleranceMs)
        .exec();
      // Sent after the transaction: who subscribes too late for the message finds the member in the set.
      const published = redis.publish(revocationChannel, `${sessionId} ${expiresAtMs}`);
      const [replies] = await Promise.all([stored, published]);
      for (const [error] of replies ?? []) if (error) throw error;
    },
    isRevoked(sessionId) {
      if (known.has(sessionId)) return true;
      subscription ??= subscribeToRevocations({ redis, ...options, remember });
      if (subscription.isHealthy() && Date.now() >= incompleteUntilMs) return false;
      return ask(sessionId);
    },
    close: () => subscription?.close(),
  };
}
