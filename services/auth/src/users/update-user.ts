import { AppError } from '@lms/errors';
import { defineRoute, roles } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { changeStanding } from './change-standing.ts';
import { adminUserBody, toAdminUserBody } from './user-body.ts';

type UpdateDeps = Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>;

export const updateUser = defineRoute({
  method: 'patch',
  path: '/users/{userId}',
  summary: 'Change the role of a user, or suspend them',
  tag: 'Users',
  auth: { roles: ['admin'] },
  input: {
    params: z.object({ userId: z.uuid() }),
    body: z.strictObject({ role: z.enum(roles).optional(), suspended: z.boolean().optional() }),
  },
  output: { status: 200, body: adminUserBody },
  errors: ['not_found', 'conflict'],
  bodyLimitBytes: 4_096,
  handler: async ({ caller, params, body }, deps: UpdateDeps) => {
    if (body.role === undefined && body.suspended === undefined) {
      throw new AppError('validation_failed', 'The request contains no changes.', {
        errors: [{ path: 'body', message: 'must contain role or suspended' }],
      });
    }
    const { user, ended } = await deps.prisma.$transaction(async (tx) => {
      await getSignedInUser(tx, caller, { role: 'admin' });
      return changeStanding(tx, { userId: params.userId, standing: body }, deps);
    });
    await refuseAccessTokens(ended, deps);
    return toAdminUserBody(user);
  },
});
