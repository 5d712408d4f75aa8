import { defineRoute } from '@lms/http';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { toUserBody, userBody } from './user-body.ts';

export const getMe = defineRoute({
  method: 'get',
  path: '/users/me',
  summary: 'Get your account',
  tag: 'Users',
  auth: 'user',
  output: { status: 200, body: userBody },
  handler: async ({ caller }, { sql }: Pick<Deps, 'sql'>) => toUserBody(await getSignedInUser(sql, caller)),
});
