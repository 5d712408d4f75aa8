import { enqueueJob, type JobContext } from '@lms/jobs';
import { type Deps, serviceName, type Tx } from '../deps.ts';
import type { User } from '../users/user.ts';
import { findUser } from '../users/user-store.ts';
import {
  type MailTokenPurpose,
  mailTokenLifeSeconds,
  maxMailTokensPerHour,
  newMailToken,
} from './mail-token.ts';
import { countMailTokens, insertMailToken, takeMailToken } from './mail-token-store.ts';
import { MailError } from './mailer.ts';
import { type MailKind, writeMail } from './write-mail.ts';

export type MailJob = 'mail_verification' | 'mail_password_reset' | 'mail_password_changed';
type MailJobDeps = Pick<Deps, 'prisma' | 'mailer' | 'mailTokenHashes' | 'appUrl'>;
type MailJobContext = Pick<JobContext, 'log'>;

const pageOf: Record<MailTokenPurpose, string> = {
  verify_email: 'verify-email',
  reset_password: 'reset-password',
};

/** Enqueues a mail with the transaction. With `userId` null the job does nothing: see `forgotPassword`. */
export async function enqueueMail(tx: Tx, mail: { name: MailJob; userId: string | null }): Promise<void> {
  await enqueueJob(tx, serviceName, { name: mail.name, payload: { userId: mail.userId } });
}

/** Job: mails the link that confirms an address. */
export async function mailVerification(
  { userId }: { userId: string },
  deps: MailJobDeps,
  context: MailJobContext,
): Promise<void> {
  const user = await findUser(deps.prisma, userId);
  if (!user || user.emailVerifiedAt) return;
  await mailLink({ user, purpose: 'verify_email' }, deps, context);
}

/** Job: mails the link that resets a password; does nothing if the account does not exist. */
export async function mailPasswordReset(
  { userId }: { userId: string | null },
  deps: MailJobDeps,
  context: MailJobContext,
): Promise<void> {
  const user = userId ? await findUser(deps.prisma, userId) : null;
  if (!user || user.suspendedAt) return;
  await mailLink({ user, purpose: 'reset_password' }, deps, context);
}

/** Job: tells a user that their password was changed. */
export async function mailPasswordChanged(
  { userId }: { userId: string },
  deps: MailJobDeps,
  context: MailJobContext,
): Promise<void> {
  const user = await findUser(deps.prisma, userId);
  if (user) await deliver({ user, kind: 'password_changed' }, deps, context);
}

/** The token is created here, so that neither the job nor the database ever holds a usable one. */
async function mailLink(
  { user, purpose }: { user: User; purpose: MailTokenPurpose },
  deps: MailJobDeps,
  context: MailJobContext,
): Promise<void> {
  const now = Date.now();
  const since = new Date(now - 3_600_000);
  if ((await countMailTokens(deps.prisma, { userId: user.id, purpose, since })) >= maxMailTokensPerHour)
    return;
  const token = newMailToken();
  const tokenHash = deps.mailTokenHashes(token).toString('base64url');
  const expiresAt = new Date(now + mailTokenLifeSeconds[purpose] * 1_000);
  await insertMailToken(deps.prisma, { tokenHash, userId: user.id, purpose, expiresAt });
  const link = `${deps.appUrl}/${pageOf[purpose]}#token=${token}`;
  try {
    await deliver({ user, kind: purpose, link }, deps, context);
  } catch (error) {
    // Nobody has received this token. The next attempt creates another, and failed ones must not count against the user.
    await takeMailToken(deps.prisma, tokenHash);
    throw error;
  }
}

async function deliver(
  { user, kind, link }: { user: User; kind: MailKind; link?: string },
  { mailer }: MailJobDeps,
  { log }: MailJobContext,
): Promise<void> {
  const { displayName, locale } = user;
  const mail = writeMail(kind, { displayName, locale, ...(link ? { link } : {}) });
  try {
    await mailer.send({ to: { name: '', address: user.email }, ...mail });
  } catch (error) {
    if (!(error instanceof MailError && error.permanent)) throw error;
    log.warn({ kind, mailError: error.code }, 'the mail server rejected a mail permanently');
  }
}
