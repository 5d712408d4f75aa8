import { Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { User } from '../users/user.ts';
import { toUserBody, userBody } from '../users/user-body.ts';
import type { StartedSession } from './start-session.ts';

/** The response to a sign-in and to each refresh. */
export const signedInBody = z.object({
  user: userBody,
  sessionId: z.uuid(),
  accessToken: z.string(),
  accessTokenExpiresAt: z.iso.datetime(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.iso.datetime(),
});

export type SignedIn = z.infer<typeof signedInBody>;

/** Dependencies of signing in, with a password or by registering. */
export type SignInDeps = Pick<
  Deps,
  | 'prisma'
  | 'sql'
  | 'counters'
  | 'accessTokens'
  | 'refreshTokens'
  | 'sessionLimits'
  | 'sessionRevocations'
  | 'log'
>;

/** The device's name in the list of sessions. */
export const deviceName = z.string().trim().min(1).max(80).optional();

/** Signs an access token and returns both tokens; the response must not be cached. */
export function signedInReply(
  { user, session, refreshToken }: StartedSession & { user: User },
  { accessTokens, refreshTokens }: Pick<Deps, 'accessTokens' | 'refreshTokens'>,
): Reply<SignedIn> {
  const signed = accessTokens.sign({ userId: user.id, sessionId: session.id, role: user.role });
  const body: SignedIn = {
    user: toUserBody(user),
    sessionId: session.id,
    accessToken: signed.accessToken,
    accessTokenExpiresAt: signed.expiresAt.toISOString(),
    refreshToken: refreshTokens.encode(refreshToken),
    refreshTokenExpiresAt: session.expiresAt.toISOString(),
  };
  return new Reply(body, { headers: { 'cache-control': 'no-store' } });
}
