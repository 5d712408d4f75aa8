import { domainToASCII } from 'node:url';
import type { Role } from '@lms/http';
import { z } from 'zod';

/** An account. */
export interface User {
  id: string;
  /** In its normal form: see `emailAddress`. */
  email: string;
  emailVerifiedAt: Date | null;
  passwordHash: string;
  displayName: string | null;
  role: Role;
  locale: string;
  timeZone: string;
  suspendedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** An address as users type it, parsed to its normal form, in which equal text means the same mailbox. */
export const emailAddress = z
  .string()
  .max(320)
  .transform(normaliseEmail)
  .pipe(z.email('must be an e-mail address').max(254, 'must have at most 254 characters'));

/** A display name: any name, on one line. */
export const displayName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters')
  // Characters that change the direction of writing would garble the list the name stands in.
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u, 'must not have control characters')
  .transform((text) => text.normalize('NFC'));

/** BCP 47, parsed to its canonical form. */
export const locale = z
  .string()
  .max(35)
  .transform((tag, context) => {
    try {
      return Intl.getCanonicalLocales(tag)[0] ?? z.NEVER;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a language tag such as vi or en-GB' });
      return z.NEVER;
    }
  });

/** IANA name. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'must be a time zone such as Asia/Ho_Chi_Minh');

/** Case and composition do not tell mailboxes apart in practice, and domains have one ASCII form. */
export function normaliseEmail(text: string): string {
  const typed = text.trim().normalize('NFC').toLowerCase();
  const [, local, domain] = /^([^@]*)@([^@]*)$/.exec(typed) ?? [];
  // Only of words and dots: `domainToASCII` would also drop line breaks and decode percents.
  if (local === undefined || !domain || !/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return typed;
  return `${local}@${domainToASCII(domain) || domain}`;
}

function isTimeZone(name: string): boolean {
  // Offsets such as +07:00 are time zones to Intl, but know no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
