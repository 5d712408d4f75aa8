import { AppError } from '@lms/errors';
import type { Caller, Role } from '@lms/http';
import type { Deps, Tx } from '../deps.ts';
import type { User } from '../users/user.ts';
import { findUser } from '../users/user-store.ts';
import { findSession } from './session-store.ts';

/**
 * The account of a caller. It checks the database, while other services check Redis, because requests to this service
 * must not succeed with a session that ended while Redis was down.
 * @throws AppError `session_revoked`; `forbidden` if `role` is set and the account no longer has it.
 */
export async function getSignedInUser(
  tx: Tx | Deps['prisma'],
  caller: Caller,
  { role }: { role?: Role } = {},
): Promise<User> {
  const [user, session] = [await findUser(tx, caller.userId), await findSession(tx, caller.sessionId)];
  if (!user || !session || session.userId !== user.id || session.revokedAt || user.suspendedAt) {
    throw new AppError('session_revoked', 'This session has ended. Sign in again.');
  }
  if (role && user.role !== role) throw new AppError('forbidden', 'Your role does not allow this.');
  return user;
}
