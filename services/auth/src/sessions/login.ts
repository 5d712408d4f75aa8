import { defineRoute } from '@lms/http';
import { z } from 'zod';
import { networkOf } from '../attempts/network-of.ts';
import { attemptPassword } from '../attempts/password-attempts.ts';
import { verifyPassword } from '../passwords/password-hash.ts';
import { existingPassword } from '../passwords/password-rules.ts';
import { emailAddress, type User } from '../users/user.ts';
import { findUserByEmail } from '../users/user-store.ts';
import { refuseAccessTokens } from './end-sessions.ts';
import { wrongCredentials } from './sign-in-errors.ts';
import { deviceName, type SignInDeps, signedInBody, signedInReply } from './signed-in-body.ts';
import { startSessionOf } from './start-session.ts';

/** Neither the response nor its timing reveals whether the account exists. */
export const login = defineRoute({
  method: 'post',
  path: '/auth/login',
  summary: 'Sign in',
  tag: 'Sessions',
  auth: 'public',
  input: { body: z.strictObject({ email: emailAddress, password: existingPassword, deviceName }) },
  output: { status: 200, body: signedInBody },
  errors: ['invalid_credentials', 'account_suspended'],
  /** High enough for a school behind one address; guessing is limited per account and network. */
  rateLimit: { name: 'auth-login', limit: 120, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 8_192,
  handler: async ({ body, clientIp }, deps: SignInDeps) => {
    const attempt = { email: body.email, network: networkOf(clientIp) };
    let found: User | null = null;
    const compare = async () => {
      found = await findUserByEmail(deps.sql, body.email);
      return verifyPassword(found?.passwordHash ?? null, body.password);
    };
    if (!(await attemptPassword(attempt, compare, deps)) || !found) throw wrongCredentials();
    const account: User = found;

    // The password may have been changed since it was compared, or the account suspended or deleted.
    const started = await deps.sql.transaction((tx) =>
      startSessionOf(tx, { account, deviceName: body.deviceName }, deps),
    );
    await refuseAccessTokens(started.ended, deps);
    return signedInReply(started, deps);
  },
});
