import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { lockUser, updateUser } from '../users/user-store.ts';
import { enqueueMail } from './mail-jobs.ts';
import { deleteMailTokens, findMailTokenOwner, takeMailToken } from './mail-token-store.ts';

/** Confirms an address with the token of a mailed link. */
export async function verifyEmail(
  { body }: { body: { token: string } },
  { prisma, mailTokenHashes }: Pick<Deps, 'prisma' | 'mailTokenHashes'>,
): Promise<undefined> {
  const tokenHash = mailTokenHashes(body.token).toString('base64url');
  const now = new Date();
  await prisma.$transaction(async (tx) => {
    const userId = await findMailTokenOwner(tx, { tokenHash, purpose: 'verify_email', now });
    const user = userId ? await lockUser(tx, userId) : null;
    if (!user || !(await takeMailToken(tx, tokenHash))) throw linkInvalid();
    await deleteMailTokens(tx, user.id, 'verify_email');
    if (!user.emailVerifiedAt) await updateUser(tx, user.id, { emailVerifiedAt: now }, now);
  });
}

/** Mails the link again; nothing happens when the address is confirmed already. */
export async function resendVerification(
  { caller }: { caller: Caller },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<undefined> {
  const user = await getSignedInUser(prisma, caller);
  if (!user.emailVerifiedAt) await enqueueMail(prisma, { name: 'mail_verification', userId: user.id });
}

export function linkInvalid(): AppError {
  return new AppError('verification_token_invalid', 'This link is not valid, was used, or has expired.', {
    errors: [{ path: 'body.token', message: 'is not valid any more' }],
  });
}
