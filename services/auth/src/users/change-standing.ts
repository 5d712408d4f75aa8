import { AppError, notFound } from '@lms/errors';
import type { Role } from '@lms/http';
import type { Deps, Tx } from '../deps.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { announceUpdate } from './announce-update.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import type { User } from './user.ts';
import { findUser, lockUser, saveUser, type UserChanges } from './user-store.ts';

export interface Standing {
  role?: Role | undefined;
  suspended?: boolean | undefined;
}

/**
 * Changes a user's role, suspends them or reinstates them. A new role and a suspension end their
 * sessions, because access tokens carry the role: pass `ended` to `refuseAccessTokens` after the commit.
 * @throws AppError `not_found`; `conflict` if it would remove the last admin.
 */
export async function changeStanding(
  tx: Tx,
  { userId, standing }: { userId: string; standing: Standing },
  deps: Pick<Deps, 'accessTokens'>,
): Promise<{ user: User; ended: string[] }> {
  const found = await findUser(tx, userId);
  const leaves = (standing.role !== undefined && standing.role !== 'admin') || standing.suspended === true;
  if (found?.role === 'admin' && leaves) await keepAnAdmin(tx, found);
  const before = await lockUser(tx, userId);
  if (!found || !before) throw notFound('The user');
  if (before.role === 'admin' && found.role !== 'admin' && leaves)
    throw new AppError('conflict', 'Another request is changing this user. Try again.');

  const now = new Date();
  const changes = changesOf(before, standing, now);
  if (Object.keys(changes).length === 0) return { user: before, ended: [] };
  const user = await saveUser(tx, before.id, changes, now);
  const isSuspended = changes.suspendedAt instanceof Date;
  const reason = isSuspended ? 'suspended' : 'logout_all';
  const ended = isSuspended || changes.role ? await endSessions(tx, { userId, reason, now }, deps) : [];
  if (changes.role) await announceUpdate(tx, user);
  return { user, ended };
}

function changesOf(before: User, { role, suspended }: Standing, now: Date): UserChanges {
  const isSuspended = before.suspendedAt !== null;
  return {
    ...(role !== undefined && role !== before.role ? { role } : {}),
    ...(suspended !== undefined && suspended !== isSuspended ? { suspendedAt: suspended ? now : null } : {}),
  };
}
