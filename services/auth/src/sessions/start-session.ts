import type { SqlTransaction } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Deps } from '../deps.ts';
import type { RefreshToken } from '../tokens/refresh-tokens.ts';
import type { User } from '../users/user.ts';
import { endSessions } from './end-sessions.ts';
import { expiryOf, maxSessions, type Session } from './session.ts';
import { insertSession, insertSessionIfUnchanged, listLeastUsed, type NewSession } from './session-store.ts';
import { accountSuspended, wrongCredentials } from './sign-in-errors.ts';

/** A session with its current token, to be sent to the device. */
export interface StartedSession {
  session: Pick<Session, 'id' | 'expiresAt'>;
  refreshToken: RefreshToken;
}

type StartDeps = Pick<Deps, 'refreshTokens' | 'sessionLimits' | 'accessTokens'>;

/**
 * Starts a session. The caller must have locked the user. If there are too many sessions, the least recently used one
 * ends: pass `ended` to `refuseAccessTokens` after the commit.
 */
export async function startSession(
  tx: SqlTransaction,
  { user, deviceName }: { user: Pick<User, 'id'>; deviceName: string | undefined },
  deps: StartDeps,
): Promise<StartedSession & { ended: string[] }> {
  const { session, refreshToken } = newSession({ userId: user.id, deviceName }, deps);
  await insertSession(tx, session);
  const ended = await endSurplus(tx, { session, surplus: await surplusOf(tx, session) }, deps);
  return { session, refreshToken, ended };
}

/**
 * Starts a session of an account whose password was right a moment ago, like `startSession`; locks the user itself.
 * @throws AppError `invalid_credentials` if the password was changed or the account deleted meanwhile;
 *   `account_suspended`.
 */
export async function startSessionOf(
  tx: SqlTransaction,
  { account, deviceName }: { account: Pick<User, 'id' | 'passwordHash'>; deviceName: string | undefined },
  deps: StartDeps,
): Promise<StartedSession & { user: User; ended: string[] }> {
  const { session, refreshToken } = newSession({ userId: account.id, deviceName }, deps);
  // Both are sent at once. The second sees what others committed while the first waited for the lock.
  const [user, surplus] = await Promise.all([
    insertSessionIfUnchanged(tx, session, account.passwordHash),
    surplusOf(tx, session),
  ]);
  if (user?.passwordHash !== account.passwordHash) throw wrongCredentials();
  if (user.suspendedAt) throw accountSuspended();
  return { user, session, refreshToken, ended: await endSurplus(tx, { session, surplus }, deps) };
}

function newSession(
  { userId, deviceName }: { userId: string; deviceName: string | undefined },
  { refreshTokens, sessionLimits }: StartDeps,
): { session: NewSession; refreshToken: RefreshToken } {
  const now = new Date();
  const id = uuidv7();
  const refreshToken = refreshTokens.first(id);
  const session = {
    ...{ id, userId, deviceName: deviceName ?? null },
    ...{ tokenHash: refreshTokens.hash(refreshToken), createdAt: now },
    expiresAt: expiryOf(now, now, sessionLimits),
  };
  return { session, refreshToken };
}

function surplusOf(tx: SqlTransaction, { id, userId, createdAt }: NewSession): Promise<string[]> {
  return listLeastUsed(tx, { userId, except: id, now: createdAt, keep: maxSessions - 1 });
}

async function endSurplus(
  tx: SqlTransaction,
  { session, surplus }: { session: NewSession; surplus: string[] },
  deps: StartDeps,
): Promise<string[]> {
  if (surplus.length === 0) return [];
  const { userId, createdAt: now } = session;
  return endSessions(tx, { userId, ids: surplus, reason: 'logout', now }, deps);
}
