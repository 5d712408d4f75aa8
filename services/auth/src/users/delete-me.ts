import { appendEvent } from '@lms/events';
import { apiBasePath, type Caller, defineRoute, Reply } from '@lms/http';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { networkOf } from '../attempts/network-of.ts';
import type { Deps, Tx } from '../deps.ts';
import { insertErasure } from '../erasures/erasure-store.ts';
import { existingPassword } from '../passwords/password-rules.ts';
import { provePassword } from '../passwords/prove-password.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { deleteEndedSessions } from '../sessions/session-store.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import { deleteUser, lockUser } from './user-store.ts';

type DeleteDeps = Pick<Deps, 'prisma' | 'sql' | 'counters' | 'accessTokens' | 'sessionRevocations' | 'log'>;

const sessionBatch = 1_000;

/**
 * Deletes this service's data at once; the other services erase theirs and report it with an event. The response
 * contains the URL of the progress, which can be read without signing in.
 */
export const deleteMe = defineRoute({
  method: 'delete',
  path: '/users/me',
  summary: 'Delete your account and all your data',
  tag: 'Users',
  auth: 'user',
  input: { body: z.strictObject({ password: existingPassword }) },
  output: { status: 202, body: z.object({ erasureId: z.uuid(), statusUrl: z.string() }) },
  errors: ['invalid_credentials', 'conflict'],
  bodyLimitBytes: 8_192,
  handler: async ({ caller, body, clientIp }, deps: DeleteDeps) => {
    const user = await getSignedInUser(deps.prisma, caller);
    const proof = { user, password: body.password, field: 'body.password', network: networkOf(clientIp) };
    await provePassword(proof, deps);
    // Any number of sessions may have ended; without them, the transaction below changes few rows.
    while ((await deleteEndedSessions(deps.sql, user.id, sessionBatch)) >= sessionBatch);
    const erasureId = uuidv7();
    const ended = await deps.prisma.$transaction((tx) => erase(tx, { caller, erasureId }, deps));
    await refuseAccessTokens(ended, deps);
    const statusUrl = `${apiBasePath}/users/erasures/${erasureId}`;
    return new Reply({ erasureId, statusUrl }, { headers: { location: statusUrl } });
  },
});

async function erase(
  tx: Tx,
  { caller, erasureId }: { caller: Caller; erasureId: string },
  deps: DeleteDeps,
): Promise<string[]> {
  const { userId } = caller;
  const { role } = await getSignedInUser(tx, caller);
  if (role === 'admin') await keepAnAdmin(tx, { id: userId });
  await lockUser(tx, userId);
  await getSignedInUser(tx, caller);
  const now = new Date();
  await insertErasure(tx, { id: erasureId, userId, requestedAt: now });
  const ended = await endSessions(tx, { userId, reason: 'user_deleted', now }, deps);
  await deleteUser(tx, userId);
  await appendEvent(tx, {
    type: 'user.deleted',
    data: { userId, erasureId, deletedAt: now.toISOString() },
  });
  return ended;
}
