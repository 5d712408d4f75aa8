import { appendEvent } from '@lms/events';
import { apiBasePath, type Caller, Reply } from '@lms/http';
import { v7 as uuidv7 } from 'uuid';
import { networkOf } from '../attempts/network-of.ts';
import type { Deps, Tx } from '../deps.ts';
import { insertErasure } from '../erasures/erasure-store.ts';
import { provePassword } from '../passwords/prove-password.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { keepAnAdmin } from './admins.ts';
import { deleteUser, lockUser } from './user-store.ts';

interface DeleteMeInput {
  caller: Caller;
  body: { password: string };
  clientIp: string;
}

type DeleteDeps = Pick<Deps, 'prisma' | 'counters' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/**
 * Deletes the caller's account: what this service has is gone at once, the other services erase theirs and
 * say so by event. The answer names where to see how far that is, without signing in.
 */
export async function deleteMe(
  { caller, body, clientIp }: DeleteMeInput,
  deps: DeleteDeps,
): Promise<Reply<{ erasureId: string; statusUrl: string }>> {
  const user = await getSignedInUser(deps.prisma, caller);
  const proof = { user, password: body.password, field: 'body.password', network: networkOf(clientIp) };
  await provePassword(proof, deps);
  const erasureId = uuidv7();
  const ended = await deps.prisma.$transaction((tx) => erase(tx, { caller, erasureId }, deps));
  await refuseAccessTokens(ended, deps);
  const statusUrl = `${apiBasePath}/users/erasures/${erasureId}`;
  return new Reply({ erasureId, statusUrl }, { headers: { location: statusUrl } });
}

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
