import { notFound } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { lockUser } from '../users/user-store.ts';
import { endSessions, refuseAccessTokens } from './end-sessions.ts';
import type { RevokeReason } from './session.ts';

type EndDeps = Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/** Ends the session of the caller. */
export async function logout({ caller }: { caller: Caller }, deps: EndDeps): Promise<undefined> {
  await end(caller, { ids: [caller.sessionId], reason: 'logout' }, deps);
}

/** Ends every session of the caller, this one too. */
export async function logoutAll({ caller }: { caller: Caller }, deps: EndDeps): Promise<undefined> {
  await end(caller, { reason: 'logout_all' }, deps);
}

/** Ends one session of the caller's, such as that of a phone that was lost. */
export async function deleteSession(
  { caller, params }: { caller: Caller; params: { sessionId: string } },
  deps: EndDeps,
): Promise<undefined> {
  const ended = await end(caller, { ids: [params.sessionId], reason: 'logout' }, deps);
  if (ended === 0) throw notFound('The session');
}

async function end(
  { userId }: Caller,
  which: { ids?: string[]; reason: RevokeReason },
  deps: EndDeps,
): Promise<number> {
  const ended = await deps.prisma.$transaction(async (tx) => {
    // With the user locked, no sign-in adds a session that `all` would miss.
    await lockUser(tx, userId);
    return endSessions(tx, { userId, ...which, now: new Date() }, deps);
  });
  await refuseAccessTokens(ended, deps);
  return ended.length;
}
