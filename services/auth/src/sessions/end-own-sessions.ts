import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { lockUser } from '../users/user-store.ts';
import { endSessions, refuseAccessTokens } from './end-sessions.ts';
import type { RevokeReason } from './session.ts';

export type EndSessionsDeps = Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/** Ends sessions of the caller: those of `ids`, or all of them. Returns the number of ended sessions. */
export async function endOwnSessions(
  { userId }: Caller,
  which: { ids?: string[]; reason: RevokeReason },
  deps: EndSessionsDeps,
): Promise<number> {
  const ended = await deps.prisma.$transaction(async (tx) => {
    // With the user locked, no sign-in adds a session that `all` would miss.
    await lockUser(tx, userId);
    return endSessions(tx, { userId, ...which, now: new Date() }, deps);
  });
  await refuseAccessTokens(ended, deps);
  return ended.length;
}
