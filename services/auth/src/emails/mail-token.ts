import { randomBytes } from 'node:crypto';
import { AppError } from '@lms/errors';
import { z } from 'zod';

/** What a link in a mail allows. */
export type MailTokenPurpose = 'verify_email' | 'reset_password';

/** How long a link works, in seconds; the mails say so too. */
export const mailTokenLifeSeconds: Record<MailTokenPurpose, number> = {
  verify_email: 48 * 3_600,
  reset_password: 3_600,
};

/** Maximum number of valid links per user and purpose, so that a mailbox is not flooded. */
export const maxMailTokensPerHour = 3;

/** Token of a mailed link, as clients send it back. */
export const mailToken = z.string().min(1).max(200);

/** 256 random bits. */
export function newMailToken(): string {
  return randomBytes(32).toString('base64url');
}

export function mailTokenInvalid(): AppError {
  return new AppError(
    'verification_token_invalid',
    'This link is not valid, has already been used, or has expired.',
    {
      errors: [{ path: 'body.token', message: 'is no longer valid' }],
    },
  );
}
