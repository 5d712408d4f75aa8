import { AppError, notFound } from '@lms/errors';
import type { Caller, Role } from '@lms/http';
import type { Deps, Tx } from '../deps.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { keepAnAdmin } from './admins.ts';
import { announceUpdate } from './announce-update.ts';
import type { User } from './user.ts';
import { findUser, lockUser, type UserChanges, updateUser } from './user-store.ts';

interface UpdateUserInput {
  caller: Caller;
  params: { userId: string };
  body: { role?: Role | undefined; suspended?: boolean | undefined };
}

type UpdateDeps = Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/**
 * An admin gives a user another role, suspends them or lets them back in. Either ends their sessions: access
 * tokens carry the role. The last admin stays one.
 */
export async function updateUserAsAdmin(input: UpdateUserInput, deps: UpdateDeps): Promise<User> {
  const { user, ended } = await deps.prisma.$transaction((tx) => update(tx, input, deps));
  await refuseAccessTokens(ended, deps);
  return user;
}

async function update(
  tx: Tx,
  { caller, params, body }: UpdateUserInput,
  deps: UpdateDeps,
): Promise<{ user: User; ended: string[] }> {
  await getSignedInUser(tx, caller, { role: 'admin' });
  if (body.role === undefined && body.suspended === undefined) {
    throw new AppError('validation_failed', 'There is nothing to change.', {
      errors: [{ path: 'body', message: 'must name role or suspended' }],
    });
  }
  const found = await findUser(tx, params.userId);
  if (!found) throw notFound('The user');
  const leaves = (body.role !== undefined && body.role !== 'admin') || body.suspended === true;
  if (found.role === 'admin' && leaves) await keepAnAdmin(tx, found);
  const before = await lockUser(tx, params.userId);
  if (!before) throw notFound('The user');
  if (before.role === 'admin' && found.role !== 'admin' && leaves)
    throw new AppError('conflict', 'Somebody else is changing this user. Try again.');

  const now = new Date();
  const changes = changesOf(before, body, now);
  if (Object.keys(changes).length === 0) return { user: before, ended: [] };
  const user = await updateUser(tx, before.id, changes, now);
  const isSuspended = changes.suspendedAt instanceof Date;
  const ended =
    isSuspended || changes.role
      ? await endSessions(
          tx,
          { userId: user.id, reason: isSuspended ? 'suspended' : 'logout_all', now },
          deps,
        )
      : [];
  if (changes.role) await announceUpdate(tx, user);
  return { user, ended };
}

function changesOf(before: User, body: UpdateUserInput['body'], now: Date): UserChanges {
  const { role, suspended } = body;
  const isSuspended = before.suspendedAt !== null;
  return {
    ...(role !== undefined && role !== before.role ? { role } : {}),
    ...(suspended !== undefined && suspended !== isSuspended ? { suspendedAt: suspended ? now : null } : {}),
  };
}
