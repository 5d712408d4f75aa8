import { AppError } from '@lms/errors';
import { defineRoute, type RequestFacts } from '@lms/http';
import { runIdempotently } from '@lms/postgres';
import { z } from 'zod';
import { networkOf } from '../attempts/network-of.ts';
import { checkRegistrations, countTakenAnswer } from '../attempts/registration-attempts.ts';
import type { Deps, Tx } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { hashPassword, verifyPassword } from '../passwords/password-hash.ts';
import { checkPassword, newPassword } from '../passwords/password-rules.ts';
import { refuseAccessTokens } from '../sessions/end-sessions.ts';
import { accountSuspended, wrongCredentials } from '../sessions/sign-in-errors.ts';
import { deviceName, type SignInDeps, signedInBody, signedInReply } from '../sessions/signed-in-body.ts';
import { startSession } from '../sessions/start-session.ts';
import { createAccount } from './create-account.ts';
import { displayName, emailAddress, locale, timeZone, type User } from './user.ts';
import { lockUser } from './user-store.ts';

const newAccount = z.strictObject({
  email: emailAddress,
  password: newPassword,
  displayName: displayName.optional(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
  deviceName,
});

type RegisterInput = RequestFacts & { body: z.infer<typeof newAccount> };
type RegisterDeps = SignInDeps & Pick<Deps, 'requestHashes'>;

/**
 * Mails a link that confirms the address. A retry with the same Idempotency-Key signs in to the account that
 * the first request created.
 */
export const register = defineRoute({
  method: 'post',
  path: '/auth/register',
  summary: 'Create an account and sign in',
  tag: 'Users',
  auth: 'public',
  input: { body: newAccount },
  output: { status: 201, body: signedInBody },
  errors: [
    'email_taken',
    'idempotency_key_reused',
    'request_in_progress',
    'invalid_credentials',
    'account_suspended',
  ],
  /** High enough for a school class; `checkRegistrations` slows down bots. */
  rateLimit: { name: 'auth-register', limit: 60, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 8_192,
  handler: async (input, deps: RegisterDeps) => {
    const { body } = input;
    const network = networkOf(input.clientIp);
    await checkRegistrations(network, deps);
    const about = [body.email, body.displayName ?? null];
    await checkPassword(body.password, { field: 'body.password', about });
    const passwordHash = await hashPassword(body.password);

    const started = await deps.prisma
      .$transaction(async (tx) => {
        const user = await createOnce(tx, { input, passwordHash }, deps);
        return { user, ...(await startSession(tx, { user, deviceName: body.deviceName }, deps)) };
      })
      .catch(async (error: unknown) => {
        const isTaken = error instanceof AppError && error.code === 'email_taken';
        if (isTaken) await countTakenAnswer(network, deps);
        throw error;
      });
    await refuseAccessTokens(started.ended, deps);
    return signedInReply(started, deps);
  },
});

async function createOnce(
  tx: Tx,
  { input, passwordHash }: { input: RegisterInput; passwordHash: string },
  deps: RegisterDeps,
): Promise<User> {
  const { body, idempotencyKey } = input;
  // The body holds a password, which could be guessed from an unkeyed hash in the database.
  const requestHash = deps.requestHashes(input.requestHash).toString('base64url');
  const scope = 'anonymous POST /auth/register';
  const { userId } = await runIdempotently(tx, { scope, key: idempotencyKey, requestHash }, async () => {
    const id = await createAccount(tx, {
      email: body.email,
      emailVerifiedAt: null,
      passwordHash,
      displayName: body.displayName ?? null,
      role: 'learner',
      locale: body.locale ?? preferredLocale(input.acceptLanguages),
      timeZone: body.timeZone ?? 'UTC',
    });
    if (!id) {
      throw new AppError('email_taken', 'An account with this address already exists.', {
        errors: [{ path: 'body.email', message: 'is taken' }],
      });
    }
    await enqueueMail(tx, { name: 'mail_verification', userId: id });
    return { userId: id };
  });
  const user = await lockUser(tx, userId);
  // On a retry hours later, the password may have been changed, or the account deleted.
  if (!user || !(await isOwn(user, { passwordHash, password: body.password }))) throw wrongCredentials();
  if (user.suspendedAt) throw accountSuspended();
  return user;
}

async function isOwn(user: User, given: { passwordHash: string; password: string }): Promise<boolean> {
  return user.passwordHash === given.passwordHash || verifyPassword(user.passwordHash, given.password);
}

function preferredLocale(acceptLanguages: readonly string[]): string {
  for (const tag of acceptLanguages) {
    const { data } = locale.safeParse(tag);
    if (data) return data;
  }
  return 'en';
}
