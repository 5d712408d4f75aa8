import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { lockUser, saveUser } from '../users/user-store.ts';
import { mailToken, mailTokenInvalid } from './mail-token.ts';
import { deleteMailTokens, findMailTokenOwner, takeMailToken } from './mail-token-store.ts';

export const verifyEmail = defineRoute({
  method: 'post',
  path: '/auth/email/verify',
  summary: 'Confirm your e-mail address with the token from the link in the mail',
  tag: 'Users',
  auth: 'public',
  input: { body: z.strictObject({ token: mailToken }) },
  output: { status: 204 },
  errors: ['verification_token_invalid'],
  rateLimit: { name: 'auth-mail-token', limit: 30, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 4_096,
  handler: async ({ body }, { prisma, mailTokenHashes }: Pick<Deps, 'prisma' | 'mailTokenHashes'>) => {
    const tokenHash = mailTokenHashes(body.token).toString('base64url');
    const now = new Date();
    await prisma.$transaction(async (tx) => {
      const userId = await findMailTokenOwner(tx, { tokenHash, purpose: 'verify_email', now });
      const user = userId ? await lockUser(tx, userId) : null;
      if (!user || !(await takeMailToken(tx, tokenHash))) throw mailTokenInvalid();
      await deleteMailTokens(tx, user.id, 'verify_email');
      if (!user.emailVerifiedAt) await saveUser(tx, user.id, { emailVerifiedAt: now }, now);
    });
  },
});
