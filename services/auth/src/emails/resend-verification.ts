import { defineRoute } from '@lms/http';
import type { Deps } from '../deps.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { enqueueMail } from './mail-jobs.ts';

/** Nothing happens when the address is confirmed already. */
export const resendVerification = defineRoute({
  method: 'post',
  path: '/auth/email/resend',
  summary: 'Send the confirmation mail again',
  tag: 'Users',
  auth: 'user',
  output: { status: 204 },
  rateLimit: { name: 'auth-resend', limit: 5, windowSeconds: 3_600 },
  handler: async ({ caller }, { prisma }: Pick<Deps, 'prisma'>) => {
    const user = await getSignedInUser(prisma, caller);
    if (!user.emailVerifiedAt) await enqueueMail(prisma, { name: 'mail_verification', userId: user.id });
  },
});
