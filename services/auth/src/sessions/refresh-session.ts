import { AppError } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps, Tx } from '../deps.ts';
import type { RefreshToken } from '../tokens/refresh-tokens.ts';
import type { User } from '../users/user.ts';
import { findUser } from '../users/user-store.ts';
import { endSessions, refuseAccessTokens } from './end-sessions.ts';
import { expiryOf, isLive, judgeRefresh, type Session, withRotation } from './session.ts';
import { lockSession, updateSession } from './session-store.ts';
import { accountSuspended } from './sign-in-errors.ts';
import { signedInBody, signedInReply } from './signed-in-body.ts';
import type { StartedSession } from './start-session.ts';

type RefreshDeps = Pick<
  Deps,
  'prisma' | 'accessTokens' | 'refreshTokens' | 'sessionLimits' | 'sessionRevocations' | 'log'
>;

type Outcome = { reused: string[] } | { refreshed: StartedSession & { user: User } };

/**
 * For the previous token, and for those replaced a moment ago, the current token is returned again; any older
 * token ends the session (docs/adr/0008-refresh-token-rotation.md).
 */
export const refreshSession = defineRoute({
  method: 'post',
  path: '/auth/refresh',
  summary: 'Exchange a refresh token for new tokens',
  tag: 'Sessions',
  auth: 'public',
  input: { body: z.strictObject({ refreshToken: z.string().min(1).max(512) }) },
  output: { status: 200, body: signedInBody },
  errors: ['refresh_token_invalid', 'refresh_token_reused', 'session_revoked', 'account_suspended'],
  rateLimit: { name: 'auth-refresh', limit: 600, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 4_096,
  handler: async ({ body }, deps: RefreshDeps) => {
    const token = deps.refreshTokens.decode(body.refreshToken);
    if (!token) throw invalid();
    const outcome = await deps.prisma.$transaction((tx) => refresh(tx, token, deps));
    if ('reused' in outcome) {
      await refuseAccessTokens(outcome.reused, deps);
      deps.log.warn({ sessionId: token.sessionId }, 'an old refresh token was used: the session has ended');
      throw reused();
    }
    return signedInReply(outcome.refreshed, deps);
  },
});

async function refresh(tx: Tx, token: RefreshToken, deps: RefreshDeps): Promise<Outcome> {
  const now = new Date();
  const session = await lockSession(tx, token.sessionId);
  if (!session) throw invalid();
  if (session.revokeReason === 'refresh_token_reused') throw reused();
  if (session.revokedAt) throw new AppError('session_revoked', 'This session has ended. Sign in again.');
  if (!isLive(session, now)) throw invalid();
  const user = await findUser(tx, session.userId);
  if (!user) throw invalid();
  if (user.suspendedAt) throw accountSuspended();

  const verdict = judgeRefresh(session, token.generation, now);
  if (verdict === 'reused') {
    const reason = 'refresh_token_reused';
    return { reused: await endSessions(tx, { userId: user.id, ids: [session.id], reason, now }, deps) };
  }
  const current = currentFrom(session, token, deps);
  if (verdict === 'unknown' || !current) throw invalid();

  const expiresAt = expiryOf(session.createdAt, now, deps.sessionLimits);
  const refreshToken = verdict === 'rotate' ? deps.refreshTokens.next(current) : current;
  await updateSession(tx, session.id, {
    lastUsedAt: now,
    expiresAt,
    ...(verdict === 'rotate'
      ? {
          tokenHash: deps.refreshTokens.hash(refreshToken),
          generation: refreshToken.generation,
          rotatedAt: withRotation(session.rotatedAt, now),
        }
      : {}),
  });
  return { refreshed: { user, session: { id: session.id, expiresAt }, refreshToken } };
}

/** Follows the chain from a recent token to the current one; null if the chain does not lead to it. */
function currentFrom(
  session: Session,
  token: RefreshToken,
  { refreshTokens }: Pick<Deps, 'refreshTokens'>,
): RefreshToken | null {
  let current = token;
  while (current.generation < session.generation) current = refreshTokens.next(current);
  return refreshTokens.hash(current) === session.tokenHash ? current : null;
}

function invalid(): AppError {
  return new AppError(
    'refresh_token_invalid',
    'The refresh token is not valid or has expired. Sign in again.',
  );
}

function reused(): AppError {
  return new AppError(
    'refresh_token_reused',
    'An old refresh token of this session was used, so the session was ended for your security. Sign in again.',
  );
}
