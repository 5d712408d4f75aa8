import { randomBytes } from 'node:crypto';

/** What a link in a mail allows. */
export type MailTokenPurpose = 'verify_email' | 'reset_password';

/** How long a link works, in seconds; the mails say so too. */
export const mailTokenLifeSeconds: Record<MailTokenPurpose, number> = {
  verify_email: 48 * 3_600,
  reset_password: 3_600,
};

/** Links that are out at the same time per user and purpose; a mailbox must not be flooded. */
export const maxMailTokensPerHour = 3;

/** 256 random bits. */
export function newMailToken(): string {
  return randomBytes(32).toString('base64url');
}
