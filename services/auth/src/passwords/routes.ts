import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { mailToken } from '../emails/routes.ts';
import { emailAddress } from '../users/user.ts';
import { changePassword } from './change-password.ts';
import { forgotPassword } from './forgot-password.ts';
import { existingPassword, newPassword } from './password-rules.ts';
import { resetPassword } from './reset-password.ts';

type PasswordDeps = Pick<
  Deps,
  'prisma' | 'counters' | 'mailTokenHashes' | 'accessTokens' | 'sessionRevocations' | 'log'
>;

const forgotRateLimit = { name: 'auth-forgot', limit: 20, windowSeconds: 60, by: 'ip' } as const;
const resetRateLimit = { name: 'auth-reset', limit: 30, windowSeconds: 60, by: 'ip' } as const;
const changeRateLimit = { name: 'auth-password', limit: 20, windowSeconds: 60 } as const;
const tag = 'Passwords';

export const passwordRoutes = [
  defineRoute({
    method: 'post',
    path: '/auth/password/forgot',
    summary: 'Have a link mailed that resets the password',
    tag,
    auth: 'public',
    input: { body: z.strictObject({ email: emailAddress }) },
    output: { status: 204 },
    rateLimit: forgotRateLimit,
    bodyLimitBytes: 4_096,
    handler: (input, deps: PasswordDeps) => forgotPassword(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/password/reset',
    summary: 'Set a new password with the token of the mailed link',
    tag,
    auth: 'public',
    input: { body: z.strictObject({ token: mailToken, newPassword }) },
    output: { status: 204 },
    errors: ['verification_token_invalid'],
    rateLimit: resetRateLimit,
    bodyLimitBytes: 8_192,
    handler: (input, deps: PasswordDeps) => resetPassword(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/password/change',
    summary: 'Change your password',
    tag,
    auth: 'user',
    input: { body: z.strictObject({ currentPassword: existingPassword, newPassword }) },
    output: { status: 204 },
    errors: ['invalid_credentials'],
    rateLimit: changeRateLimit,
    bodyLimitBytes: 8_192,
    handler: (input, deps: PasswordDeps) => changePassword(input, deps),
  }),
];
