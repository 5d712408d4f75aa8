import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { changeUser, type Standing } from './change-user.ts';
import type { User } from './user.ts';

interface UpdateUserInput {
  caller: Caller;
  params: { userId: string };
  body: Standing;
}

type UpdateDeps = Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/** An admin changes the role of a user, or suspends them. */
export async function updateUserAsAdmin(
  { caller, params, body }: UpdateUserInput,
  deps: UpdateDeps,
): Promise<User> {
  if (body.role === undefined && body.suspended === undefined) {
    throw new AppError('validation_failed', 'There is nothing to change.', {
      errors: [{ path: 'body', message: 'must name role or suspended' }],
    });
  }
  const { user, ended } = await deps.prisma.$transaction(async (tx) => {
    await getSignedInUser(tx, caller, { role: 'admin' });
    return changeUser(tx, { userId: params.userId, standing: body }, deps);
  });
  await refuseAccessTokens(ended, deps);
  return user;
}
