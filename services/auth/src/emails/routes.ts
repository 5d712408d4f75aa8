import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { resendVerification, verifyEmail } from './verify-email.ts';

/** Token of a mailed link. */
export const mailToken = z.string().min(1).max(200);

const verifyRateLimit = { name: 'auth-mail-token', limit: 30, windowSeconds: 60, by: 'ip' } as const;
const resendRateLimit = { name: 'auth-resend', limit: 5, windowSeconds: 3_600 } as const;

export const emailRoutes = [
  defineRoute({
    method: 'post',
    path: '/auth/email/verify',
    summary: 'Confirm your address with the token of the mailed link',
    tag: 'Users',
    auth: 'public',
    input: { body: z.strictObject({ token: mailToken }) },
    output: { status: 204 },
    errors: ['verification_token_invalid'],
    rateLimit: verifyRateLimit,
    bodyLimitBytes: 4_096,
    handler: (input, deps: Pick<Deps, 'prisma' | 'mailTokenHashes'>) => verifyEmail(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/email/resend',
    summary: 'Have the link mailed again',
    tag: 'Users',
    auth: 'user',
    output: { status: 204 },
    rateLimit: resendRateLimit,
    handler: (input, deps: Pick<Deps, 'prisma'>) => resendVerification(input, deps),
  }),
];
