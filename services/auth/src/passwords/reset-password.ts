import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { deleteMailTokens, findMailTokenOwner, takeMailToken } from '../emails/mail-token-store.ts';
import { linkInvalid } from '../emails/verify-email.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { findUser, lockUser, updateUser } from '../users/user-store.ts';
import { hashPassword } from './password-hash.ts';
import { checkPassword } from './password-rules.ts';

type ResetDeps = Pick<Deps, 'prisma' | 'mailTokenHashes' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/**
 * Sets a new password with the token of a mailed link, and ends every session: whoever knew the old one is
 * out. A password that is refused leaves the link as it was.
 */
export async function resetPassword(
  { body }: { body: { token: string; newPassword: string } },
  deps: ResetDeps,
): Promise<undefined> {
  const tokenHash = deps.mailTokenHashes(body.token).toString('base64url');
  const now = new Date();
  const userId = await findMailTokenOwner(deps.prisma, { tokenHash, purpose: 'reset_password', now });
  const owner = userId ? await findUser(deps.prisma, userId) : null;
  if (!owner) throw linkInvalid();
  checkPassword(body.newPassword, { field: 'body.newPassword', about: [owner.email, owner.displayName] });
  const passwordHash = await hashPassword(body.newPassword);

  const ended = await deps.prisma.$transaction(async (tx) => {
    const user = await lockUser(tx, owner.id);
    if (!user || !(await takeMailToken(tx, tokenHash))) throw linkInvalid();
    await deleteMailTokens(tx, user.id, 'reset_password');
    // Whoever reads the mailbox has it: that confirms the address too.
    const emailVerifiedAt = user.emailVerifiedAt ?? now;
    await updateUser(tx, user.id, { passwordHash, emailVerifiedAt }, now);
    await enqueueMail(tx, { name: 'mail_password_changed', userId: user.id });
    return endSessions(tx, { userId: user.id, reason: 'password_changed', now }, deps);
  });
  await refuseAccessTokens(ended, deps);
}
