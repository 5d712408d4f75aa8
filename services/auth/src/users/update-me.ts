import { AppError } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { announceUpdate } from './announce-update.ts';
import { displayName, locale, timeZone } from './user.ts';
import { toUserBody, userBody } from './user-body.ts';
import { lockUser, saveUser } from './user-store.ts';

const profileChanges = z.strictObject({
  displayName: displayName.nullable().optional(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
});

/** The event contains only what other services use: language and time zone. */
export const updateMe = defineRoute({
  method: 'patch',
  path: '/users/me',
  summary: 'Change your profile',
  tag: 'Users',
  auth: 'user',
  input: { body: profileChanges },
  output: { status: 200, body: userBody },
  bodyLimitBytes: 4_096,
  handler: async ({ caller, body }, { prisma }: Pick<Deps, 'prisma'>) => {
    const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const updated = await prisma.$transaction(async (tx) => {
      await lockUser(tx, caller.userId);
      const before = await getSignedInUser(tx, caller);
      if (Object.keys(changes).length === 0) {
        throw new AppError('validation_failed', 'The request contains no changes.', {
          errors: [{ path: 'body', message: 'must contain at least one field' }],
        });
      }
      const user = await saveUser(tx, before.id, changes, new Date());
      if (user.locale !== before.locale || user.timeZone !== before.timeZone) await announceUpdate(tx, user);
      return user;
    });
    return toUserBody(updated);
  },
});
