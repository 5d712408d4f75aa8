import { type Caller, decodeCursor, type Role, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import type { User } from './user.ts';
import { listUsers } from './user-store.ts';

interface ListInput {
  caller: Caller;
  query: {
    limit: number;
    cursor?: string | undefined;
    role?: Role | undefined;
    email?: string | undefined;
    suspended?: boolean | undefined;
  };
}

/** Accounts for admins, newest first. */
export async function listUsersAsAdmin(
  { caller, query }: ListInput,
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<{ items: User[]; nextCursor: string | null }> {
  await getSignedInUser(prisma, caller, { role: 'admin' });
  const beforeId = query.cursor ? decodeCursor(query.cursor, z.object({ id: z.uuid() })).id : undefined;
  const { limit, role, email, suspended } = query;
  const rows = await listUsers(prisma, { beforeId, limit: limit + 1, role, email, suspended });
  return toPage(rows, limit, ({ id }) => ({ id }));
}
