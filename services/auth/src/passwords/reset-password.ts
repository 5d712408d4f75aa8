import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { mailToken, mailTokenInvalid } from '../emails/mail-token.ts';
import { deleteMailTokens, findMailTokenOwner, takeMailToken } from '../emails/mail-token-store.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { findUser, lockUser, saveUser } from '../users/user-store.ts';
import { hashPassword } from './password-hash.ts';
import { checkPassword, newPassword } from './password-rules.ts';

type ResetDeps = Pick<Deps, 'prisma' | 'mailTokenHashes' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/**
 * Also ends every session, including those of others who knew the old password. If the new password is refused,
 * the link remains valid.
 */
export const resetPassword = defineRoute({
  method: 'post',
  path: '/auth/password/reset',
  summary: 'Set a new password with the token from the link in the mail',
  tag: 'Passwords',
  auth: 'public',
  input: { body: z.strictObject({ token: mailToken, newPassword }) },
  output: { status: 204 },
  errors: ['verification_token_invalid'],
  rateLimit: { name: 'auth-reset', limit: 30, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 8_192,
  handler: async ({ body }, deps: ResetDeps) => {
    const tokenHash = deps.mailTokenHashes(body.token).toString('base64url');
    const now = new Date();
    const userId = await findMailTokenOwner(deps.prisma, { tokenHash, purpose: 'reset_password', now });
    const owner = userId ? await findUser(deps.prisma, userId) : null;
    if (!owner) throw mailTokenInvalid();
    await checkPassword(body.newPassword, {
      field: 'body.newPassword',
      about: [owner.email, owner.displayName],
    });
    const passwordHash = await hashPassword(body.newPassword);

    const ended = await deps.prisma.$transaction(async (tx) => {
      const user = await lockUser(tx, owner.id);
      if (!user || !(await takeMailToken(tx, tokenHash))) throw mailTokenInvalid();
      await deleteMailTokens(tx, user.id, 'reset_password');
      // The token was received by mail, so it also confirms the address.
      const emailVerifiedAt = user.emailVerifiedAt ?? now;
      await saveUser(tx, user.id, { passwordHash, emailVerifiedAt }, now);
      await enqueueMail(tx, { name: 'mail_password_changed', userId: user.id });
      return endSessions(tx, { userId: user.id, reason: 'password_changed', now }, deps);
    });
    await refuseAccessTokens(ended, deps);
  },
});
