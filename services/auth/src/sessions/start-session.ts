import { v7 as uuidv7 } from 'uuid';
import type { Deps, Tx } from '../deps.ts';
import type { RefreshToken } from '../tokens/refresh-tokens.ts';
import type { User } from '../users/user.ts';
import { endSessions } from './end-sessions.ts';
import { expiryOf, maxSessions, type Session } from './session.ts';
import { insertSession, listLeastUsed } from './session-store.ts';

/** A session with its current token, to be sent to the device. */
export interface StartedSession {
  session: Pick<Session, 'id' | 'expiresAt'>;
  refreshToken: RefreshToken;
}

/**
 * Starts a session. The caller must have locked the user. If there are too many sessions, the least recently used one
 * ends: pass `ended` to `refuseAccessTokens` after the commit.
 */
export async function startSession(
  tx: Tx,
  { user, deviceName }: { user: Pick<User, 'id'>; deviceName: string | undefined },
  deps: Pick<Deps, 'refreshTokens' | 'sessionLimits' | 'accessTokens'>,
): Promise<StartedSession & { ended: string[] }> {
  const now = new Date();
  const id = uuidv7();
  const refreshToken = deps.refreshTokens.first(id);
  const expiresAt = expiryOf(now, now, deps.sessionLimits);
  const surplus = await listLeastUsed(tx, { userId: user.id, now, keep: maxSessions - 1 });
  await insertSession(tx, {
    id,
    userId: user.id,
    deviceName: deviceName ?? null,
    tokenHash: deps.refreshTokens.hash(refreshToken),
    generation: 0,
    rotatedAt: [now],
    createdAt: now,
    lastUsedAt: now,
    expiresAt,
  });
  const ended =
    surplus.length > 0
      ? await endSessions(tx, { userId: user.id, ids: surplus, reason: 'logout', now }, deps)
      : [];
  return { session: { id, expiresAt }, refreshToken, ended };
}
