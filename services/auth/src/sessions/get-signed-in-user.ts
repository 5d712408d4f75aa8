import { AppError } from '@lms/errors';
import type { Caller, Role } from '@lms/http';
import type { SqlTransaction } from '@lms/postgres';
import type { User } from '../users/user.ts';
import { findSignedIn } from './session-store.ts';

/**
 * The account of a caller. It checks the database, while other services check Redis, because requests to this service
 * must not succeed with a session that ended while Redis was down.
 * @throws AppError `session_revoked`; `forbidden` if `role` is set and the account no longer has it.
 */
export async function getSignedInUser(
  sql: SqlTransaction,
  caller: Caller,
  { role }: { role?: Role } = {},
): Promise<User> {
  const found = await findSignedIn(sql, caller);
  if (!found || found.revokedAt || found.suspendedAt) {
    throw new AppError('session_revoked', 'This session has ended. Sign in again.');
  }
  const { revokedAt: _alwaysNull, ...user } = found;
  if (role && user.role !== role) throw new AppError('forbidden', 'Your role does not allow this.');
  return user;
}
