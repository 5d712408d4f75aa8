import { durationSeconds, postgresVariables, redisVariables, tokenSigningVariables } from '@lms/config';
import { kafkaVariables } from '@lms/events';
import { z } from 'zod';

const urlOf = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const seedAccount = z.strictObject({
  email: z.email(),
  password: z.string().min(10).max(128),
  role: z.enum(['learner', 'editor', 'admin']),
  displayName: z.string().min(1).max(80),
  locale: z.string().max(35),
  timeZone: z.string().max(64),
});
export type SeedAccount = z.infer<typeof seedAccount>;

/** Every variable of this service in addition to those that all services have. */
export const authVariables = {
  ...postgresVariables,
  ...redisVariables,
  ...kafkaVariables,
  ...tokenSigningVariables,
  SESSION_MAX_AGE: durationSeconds({ min: '1h', max: '800d' }).prefault('180d').meta({
    section: 'Auth',
    description: 'Maximum lifetime of a session, even if it is used',
    example: '180d',
    optional: true,
  }),
  SMTP_URL: urlOf('smtp:', 'smtps:').meta({
    section: 'Mail',
    description: 'SMTP server, with user and password in the URL if needed; use smtps:// for TLS',
    example: 'smtp://mail:1025',
    secret: true,
  }),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^[^\r\n]*@[^\r\n]+$/, 'must be an address, or Name <address>')
    .meta({
      section: 'Mail',
      description: 'Sender of all mails: an address, or Name <address>',
      example: 'LMS <no-reply@yourdomain.com>',
    }),
  APP_URL: urlOf('http:', 'https:').meta({
    section: 'Mail',
    description: 'Base URL of links in mails, which add /verify-email#token=… or /reset-password#token=…',
    example: 'https://app.yourdomain.com',
  }),
  SEED_ACCOUNTS: z
    .string()
    .optional()
    .transform((text, context): SeedAccount[] | undefined => {
      if (text === undefined) return undefined;
      try {
        return z.array(seedAccount).max(100).parse(JSON.parse(text));
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'must be JSON: a list of accounts as in tools/src/seed',
        });
        return z.NEVER;
      }
    })
    .meta({
      section: 'Auth',
      description: 'Accounts that `seed` creates, as JSON; for development only, refused in production',
      example: '',
      secret: true,
      optional: true,
    }),
} as const;
