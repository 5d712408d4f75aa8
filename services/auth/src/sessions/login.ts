import { AppError } from '@lms/errors';
import type { Reply } from '@lms/http';
import { networkOf } from '../attempts/network-of.ts';
import { beginPasswordAttempt, passwordWasRight } from '../attempts/password-attempts.ts';
import type { Deps } from '../deps.ts';
import { verifyPassword } from '../passwords/password-hash.ts';
import { findUserByEmail, lockUser } from '../users/user-store.ts';
import { refuseAccessTokens } from './end-sessions.ts';
import { type SignedIn, signedInReply } from './signed-in.ts';
import { startSession } from './start-session.ts';

interface LoginInput {
  body: { email: string; password: string; deviceName?: string | undefined };
  clientIp: string;
}

export type LoginDeps = Pick<
  Deps,
  'prisma' | 'counters' | 'accessTokens' | 'refreshTokens' | 'sessionLimits' | 'sessionRevocations' | 'log'
>;

/** Signs in with address and password. Whether the account exists shows neither in the answer nor in its time. */
export async function login({ body, clientIp }: LoginInput, deps: LoginDeps): Promise<Reply<SignedIn>> {
  const attempt = { email: body.email, network: networkOf(clientIp) };
  await beginPasswordAttempt(attempt, deps);
  const found = await findUserByEmail(deps.prisma, body.email);
  const matches = await verifyPassword(found?.passwordHash ?? null, body.password);
  if (!found || !matches) throw wrongCredentials();
  await passwordWasRight(attempt, deps);

  const started = await deps.prisma.$transaction(async (tx) => {
    const user = await lockUser(tx, found.id);
    // The password may have been changed since it was compared, or the account deleted.
    if (user?.passwordHash !== found.passwordHash) throw wrongCredentials();
    if (user.suspendedAt) throw accountSuspended();
    return { user, ...(await startSession(tx, { user, deviceName: body.deviceName }, deps)) };
  });
  await refuseAccessTokens(started.ended, deps);
  return signedInReply(started, deps);
}

export function wrongCredentials(): AppError {
  return new AppError('invalid_credentials', 'The address or the password is wrong.');
}

export function accountSuspended(): AppError {
  return new AppError('account_suspended', 'This account is suspended.');
}
