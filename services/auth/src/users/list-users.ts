import { decodeCursor, defineRoute, pageOf, pageQuery, roles, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { emailAddress } from './user.ts';
import { adminUserBody, toAdminUserBody } from './user-body.ts';
import { listMatchingUsers } from './user-store.ts';

const userQuery = pageQuery.extend({
  role: z.enum(roles).optional(),
  email: emailAddress.optional(),
  suspended: z.stringbool().optional(),
});

/** Newest first. */
export const listUsers = defineRoute({
  method: 'get',
  path: '/users',
  summary: 'List accounts',
  tag: 'Users',
  auth: { roles: ['admin'] },
  input: { query: userQuery },
  output: { status: 200, body: pageOf(adminUserBody) },
  errors: ['invalid_cursor'],
  handler: async ({ caller, query }, { prisma }: Pick<Deps, 'prisma'>) => {
    await getSignedInUser(prisma, caller, { role: 'admin' });
    const beforeId = query.cursor ? decodeCursor(query.cursor, z.object({ id: z.uuid() })).id : undefined;
    const { limit, role, email, suspended } = query;
    const rows = await listMatchingUsers(prisma, { beforeId, limit: limit + 1, role, email, suspended });
    const { items, nextCursor } = toPage(rows, limit, ({ id }) => ({ id }));
    return { items: items.map(toAdminUserBody), nextCursor };
  },
});
