import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { announceUpdate } from './announce-update.ts';
import type { User } from './user.ts';
import { lockUser, updateUser } from './user-store.ts';

interface UpdateMeInput {
  caller: Caller;
  body: {
    displayName?: string | null | undefined;
    locale?: string | undefined;
    timeZone?: string | undefined;
  };
}

/** Changes the caller's profile. Other services hear of what they act on: language and time zone. */
export async function updateMe(
  { caller, body }: UpdateMeInput,
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<User> {
  const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return prisma.$transaction(async (tx) => {
    await lockUser(tx, caller.userId);
    const before = await getSignedInUser(tx, caller);
    if (Object.keys(changes).length === 0) {
      throw new AppError('validation_failed', 'There is nothing to change.', {
        errors: [{ path: 'body', message: 'must name something to change' }],
      });
    }
    const user = await updateUser(tx, before.id, changes, new Date());
    if (user.locale !== before.locale || user.timeZone !== before.timeZone) await announceUpdate(tx, user);
    return user;
  });
}
