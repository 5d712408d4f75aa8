import { appendEvent } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import type { RevokeReason } from './session.ts';
import { markRevoked } from './session-store.ts';

/**
 * Ends sessions of a user (those in `ids`, or all except `except`) and publishes an event for each, in the caller's
 * transaction. After the commit call `refuseAccessTokens` with the result.
 */
export async function endSessions(
  tx: SqlTransaction,
  end: { userId: string; ids?: string[]; except?: string | undefined; reason: RevokeReason; now: Date },
  { accessTokens }: Pick<Deps, 'accessTokens'>,
): Promise<string[]> {
  const ended = await markRevoked(tx, end);
  const accessTokensExpireAt = new Date(end.now.getTime() + accessTokens.lifeSeconds * 1_000).toISOString();
  const revokedAt = end.now.toISOString();
  for (const sessionId of ended) {
    const { userId, reason } = end;
    await appendEvent(tx, {
      type: 'session.revoked',
      data: { sessionId, userId, reason, accessTokensExpireAt, revokedAt },
    });
  }
  return ended;
}

/**
 * Makes all services refuse the access tokens of ended sessions from now on. While Redis is down only this process
 * refuses them; the event stores them in Redis as soon as it is up again.
 */
export async function refuseAccessTokens(
  sessionIds: string[],
  { sessionRevocations, accessTokens, log }: Pick<Deps, 'sessionRevocations' | 'accessTokens' | 'log'>,
): Promise<void> {
  const results = await Promise.allSettled(
    sessionIds.map((id) => sessionRevocations.revoke(id, accessTokens.lifeSeconds)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed)
    log.warn({ err: failed.reason }, 'Redis is down; revoked sessions will reach it through their events');
}
