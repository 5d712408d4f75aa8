import { defineRoute, pageOf, pageQuery, roles } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { existingPassword, newPassword } from '../passwords/password-rules.ts';
import { deviceName, signedInBody } from '../sessions/signed-in.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { deleteMe } from './delete-me.ts';
import { listUsersAsAdmin } from './list-users.ts';
import { type RegisterDeps, register } from './register.ts';
import { updateMe } from './update-me.ts';
import { updateUserAsAdmin } from './update-user.ts';
import { displayName, emailAddress, locale, timeZone } from './user.ts';
import { adminUserBody, toAdminUserBody, toUserBody, userBody } from './user-body.ts';

/** A class registers together; robots are held up by what they hear: see `checkRegistrations`. */
const registerRateLimit = { name: 'auth-register', limit: 60, windowSeconds: 60, by: 'ip' } as const;
const tag = 'Users';
const admin = { roles: ['admin'] } as const;

const newAccount = z.strictObject({
  email: emailAddress,
  password: newPassword,
  displayName: displayName.optional(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
  deviceName,
});

const profileChanges = z.strictObject({
  displayName: displayName.nullable().optional(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
});

const userQuery = pageQuery.extend({
  role: z.enum(roles).optional(),
  email: emailAddress.optional(),
  suspended: z.stringbool().optional(),
});

export const userRoutes = [
  defineRoute({
    method: 'post',
    path: '/auth/register',
    summary: 'Create an account and sign in',
    tag: 'Users',
    auth: 'public',
    input: { body: newAccount },
    output: { status: 201, body: signedInBody },
    errors: [
      'email_taken',
      'idempotency_key_reused',
      'request_in_progress',
      'invalid_credentials',
      'account_suspended',
    ],
    rateLimit: registerRateLimit,
    bodyLimitBytes: 8_192,
    handler: (input, deps: RegisterDeps) => register(input, deps),
  }),
  defineRoute({
    method: 'get',
    path: '/users/me',
    summary: 'Read your account',
    tag,
    auth: 'user',
    output: { status: 200, body: userBody },
    handler: async ({ caller }, { prisma }: Pick<Deps, 'prisma'>) =>
      toUserBody(await getSignedInUser(prisma, caller)),
  }),
  defineRoute({
    method: 'patch',
    path: '/users/me',
    summary: 'Change your profile',
    tag,
    auth: 'user',
    input: { body: profileChanges },
    output: { status: 200, body: userBody },
    bodyLimitBytes: 4_096,
    handler: async (input, deps: Pick<Deps, 'prisma'>) => toUserBody(await updateMe(input, deps)),
  }),
  defineRoute({
    method: 'delete',
    path: '/users/me',
    summary: 'Delete your account and all that is known of you',
    tag,
    auth: 'user',
    input: { body: z.strictObject({ password: existingPassword }) },
    output: { status: 202, body: z.object({ erasureId: z.uuid(), statusUrl: z.string() }) },
    errors: ['invalid_credentials', 'conflict'],
    bodyLimitBytes: 8_192,
    handler: (input, deps: RegisterDeps) => deleteMe(input, deps),
  }),
  defineRoute({
    method: 'get',
    path: '/users',
    summary: 'List accounts',
    tag,
    auth: admin,
    input: { query: userQuery },
    output: { status: 200, body: pageOf(adminUserBody) },
    errors: ['invalid_cursor'],
    handler: async (input, deps: Pick<Deps, 'prisma'>) => {
      const { items, nextCursor } = await listUsersAsAdmin(input, deps);
      return { items: items.map(toAdminUserBody), nextCursor };
    },
  }),
  defineRoute({
    method: 'patch',
    path: '/users/{userId}',
    summary: 'Change the role of a user, or suspend them',
    tag,
    auth: admin,
    input: {
      params: z.object({ userId: z.uuid() }),
      body: z.strictObject({ role: z.enum(roles).optional(), suspended: z.boolean().optional() }),
    },
    output: { status: 200, body: adminUserBody },
    errors: ['not_found', 'conflict'],
    bodyLimitBytes: 4_096,
    handler: async (input, deps: RegisterDeps) => toAdminUserBody(await updateUserAsAdmin(input, deps)),
  }),
];
