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

/** An address as users type it, parsed to its normal form: equal normal forms mean the same mailbox. */
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
  // Characters that change the direction of writing would garble lists that contain the name.
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

/** In practice mailboxes do not differ by case or composition only, and every domain has one ASCII form. */
export function normaliseEmail(text: string): string {
  const typed = text.trim().normalize('NFC').toLowerCase();
  const [, local, domain] = /^([^@]*)@([^@]*)$/.exec(typed) ?? [];
  // Converts only words and dots: `domainToASCII` would also drop line breaks and decode percent signs.
  if (local === undefined || !domain || !/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return typed;
  return `${local}@${domainToASCII(domain) || domain}`;
}

function isTimeZone(name: string): boolean {
  // Intl accepts offsets such as +07:00 as time zones, but they have no daylight saving time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
