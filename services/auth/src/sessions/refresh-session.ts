import { AppError } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { RefreshToken } from '../tokens/refresh-tokens.ts';
import type { User } from '../users/user.ts';
import { endSessions, refuseAccessTokens } from './end-sessions.ts';
import { expiryOf, isLive, judgeRefresh, type Session, withRotation } from './session.ts';
import { findForRefresh, type RefreshableSession, recordUse } from './session-store.ts';
import { accountSuspended } from './sign-in-errors.ts';
import { signedInBody, signedInReply } from './signed-in-body.ts';
import type { StartedSession } from './start-session.ts';

type RefreshDeps = Pick<
  Deps,
  'sql' | 'accessTokens' | 'refreshTokens' | 'sessionLimits' | 'sessionRevocations' | 'log'
>;

/** Rounds after which a refresh gives up; requests with one token need two. */
const mostRounds = 20;

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
    const outcome = await refresh(token, deps);
    if ('reused' in outcome) {
      await refuseAccessTokens(outcome.reused, deps);
      deps.log.warn({ sessionId: token.sessionId }, 'an old refresh token was used: the session has ended');
      throw reused();
    }
    return signedInReply(outcome.refreshed, deps);
  },
});

/**
 * Reads the session and then changes it on the condition that it is still as it was read, which needs no lock. It is
 * not if another request has rotated or ended it meanwhile: then all is judged again. Each round so means that
 * another request got further, and the same token rotates a session only once, so more than two are rare.
 */
async function refresh(token: RefreshToken, deps: RefreshDeps): Promise<Outcome> {
  for (let round = 0; round < mostRounds; round += 1) {
    const now = new Date();
    const { session, user } = await getLive(token.sessionId, now, deps);
    const verdict = judgeRefresh(session, token.generation, now);
    if (verdict === 'reused') {
      const end = { userId: user.id, ids: [session.id], now };
      const ended = await deps.sql.transaction((tx) =>
        endSessions(tx, { ...end, reason: 'refresh_token_reused' }, deps),
      );
      if (ended.length > 0) return { reused: ended };
      continue;
    }
    const current = currentFrom(session, token, deps);
    if (verdict === 'unknown' || !current) throw invalid();

    const expiresAt = expiryOf(session.createdAt, now, deps.sessionLimits);
    const refreshToken = verdict === 'rotate' ? deps.refreshTokens.next(current) : current;
    const use = { id: session.id, generation: session.generation, now, expiresAt };
    const next = {
      tokenHash: deps.refreshTokens.hash(refreshToken),
      rotatedAt: withRotation(session.rotatedAt, now),
    };
    const recorded = await recordUse(deps.sql, verdict === 'rotate' ? { ...use, next } : use);
    if (recorded) return { refreshed: { user, session: { id: session.id, expiresAt }, refreshToken } };
  }
  const busy = 'Too many requests refresh this session at the same time. Try again.';
  throw new AppError('dependency_unavailable', busy, { retryAfterSeconds: 1 });
}

/** @throws AppError for a session that has ended, and for a user who is suspended. */
async function getLive(
  sessionId: string,
  now: Date,
  { sql }: Pick<Deps, 'sql'>,
): Promise<{ session: RefreshableSession; user: User }> {
  const found = await findForRefresh(sql, sessionId);
  if (!found) throw invalid();
  const { session, user } = found;
  if (session.revokeReason === 'refresh_token_reused') throw reused();
  if (session.revokedAt) throw new AppError('session_revoked', 'This session has ended. Sign in again.');
  if (!isLive(session, now)) throw invalid();
  if (user.suspendedAt) throw accountSuspended();
  return found;
}

/** Follows the chain from a recent token to the current one; null if the chain does not lead to it. */
function currentFrom(
  session: Pick<Session, 'generation' | 'tokenHash'>,
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
