import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { emailAddress } from '../users/user.ts';
import { findUserByEmail } from '../users/user-store.ts';

/** The response, and the work before it, are the same if no account has this address. */
export const forgotPassword = defineRoute({
  method: 'post',
  path: '/auth/password/forgot',
  summary: 'Send a mail with a link to reset the password',
  tag: 'Passwords',
  auth: 'public',
  input: { body: z.strictObject({ email: emailAddress }) },
  output: { status: 204 },
  rateLimit: { name: 'auth-forgot', limit: 20, windowSeconds: 60, by: 'ip' },
  bodyLimitBytes: 4_096,
  handler: async ({ body }, { prisma }: Pick<Deps, 'prisma'>) => {
    const user = await findUserByEmail(prisma, body.email);
    await enqueueMail(prisma, { name: 'mail_password_reset', userId: user?.id ?? null });
  },
});
