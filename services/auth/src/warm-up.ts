import { randomUUID } from 'node:crypto';
import type { Deps } from './deps.ts';
import { findForRefresh, findSignedIn, recordUse } from './sessions/session-store.ts';
import { startSessionOf } from './sessions/start-session.ts';
import { findUserByEmail } from './users/user-store.ts';

type WarmUpDeps = Pick<
  Deps,
  'sql' | 'accessTokens' | 'refreshTokens' | 'sessionLimits' | 'verifyAccessToken'
>;

/**
 * Does what a sign-in, a refresh and a read of the account do, for an account that does not exist: prepares their
 * statements, all on one connection, and signs and verifies a token. Changes nothing.
 * @throws the driver's error if the database is down.
 */
export async function warmUp(deps: WarmUpDeps): Promise<void> {
  const [id, now] = [randomUUID(), new Date()];
  const use = { id, generation: 0, now, expiresAt: now };
  const account = { id, passwordHash: '' };
  const refused = deps.sql.transaction(async (tx) => {
    await Promise.all([
      findUserByEmail(tx, 'nobody@invalid'),
      findSignedIn(tx, { userId: id, sessionId: id }),
      findForRefresh(tx, id),
      recordUse(tx, use),
      recordUse(tx, { ...use, next: { tokenHash: '', rotatedAt: [now] } }),
    ]);
    return startSessionOf(tx, { account, deviceName: undefined }, deps);
  });
  const ended = refused.catch((error: { code?: unknown }) => {
    // There is no such account, so the transaction was rolled back.
    if (error.code !== 'invalid_credentials') throw error;
  });
  await Promise.all([ended, useTokens(id, deps)]);
}

async function useTokens(id: string, { accessTokens, refreshTokens, verifyAccessToken }: WarmUpDeps) {
  refreshTokens.decode(refreshTokens.encode(refreshTokens.next(refreshTokens.first(id))));
  const { accessToken } = accessTokens.sign({ userId: id, sessionId: id, role: 'learner' });
  await verifyAccessToken(accessToken);
}
