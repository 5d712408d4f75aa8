import { objectStoreVariables, postgresVariables } from '@lms/config';
import { z } from 'zod';

const count = (unlessGiven: number) => z.coerce.number().int().min(0).max(10_000).default(unlessGiven);
const recipient = /^age1[a-z0-9]{20,4000}$/;

/** Destination and recipients of backups. The bucket's variables default to those of the services. */
export const backupVariables = {
  DATABASE_URL: postgresVariables.DATABASE_URL,
  DATABASE_DIRECT_URL: postgresVariables.DATABASE_DIRECT_URL,
  R2_ENDPOINT: objectStoreVariables.R2_ENDPOINT,
  R2_REGION: objectStoreVariables.R2_REGION,
  R2_BUCKET: objectStoreVariables.R2_BUCKET,
  R2_ACCESS_KEY: objectStoreVariables.R2_ACCESS_KEY,
  R2_SECRET_KEY: objectStoreVariables.R2_SECRET_KEY,
  BACKUP_BUCKET: objectStoreVariables.R2_BUCKET.optional().meta({
    section: 'Backup',
    description: 'A bucket of its own for backups, which the services cannot write; unset: R2_BUCKET',
    optional: true,
  }),
  BACKUP_PREFIX: z
    .string()
    .regex(/^([\w.-]+\/)+$/, 'must be a folder that ends in /')
    .refine((value) => !value.startsWith('lessons/'), 'must not be under lessons/, which the CDN serves')
    .default('backups/')
    .meta({ section: 'Backup', description: 'Folder of the backups in the bucket', optional: true }),
  BACKUP_RECIPIENTS: z
    .string()
    .transform((value) => value.split(',').map((one) => one.trim()))
    .refine(
      (all) => all.every((one) => recipient.test(one)),
      'must be age recipients (age1…), separated by commas',
    )
    .meta({
      section: 'Backup',
      description:
        'Public age keys that can open the backups (`backup keygen`); the private ones stay elsewhere',
    }),
  BACKUP_KEEP_DAYS: count(14).meta({
    section: 'Backup',
    description: 'Days that every backup is kept',
    optional: true,
  }),
  BACKUP_KEEP_WEEKS: count(8).meta({
    section: 'Backup',
    description: 'Weeks of which the newest backup is kept',
    optional: true,
  }),
  BACKUP_KEEP_MONTHS: count(12).meta({
    section: 'Backup',
    description: 'Months of which the newest backup is kept',
    optional: true,
  }),
} as const;

/** The private key that opens backups; never in the environment of the process that makes them. */
export const identityVariables = {
  BACKUP_IDENTITY: z
    .string()
    .regex(/^AGE-SECRET-KEY-1[0-9A-Z]{20,100}$/, 'must be an age identity (AGE-SECRET-KEY-1…)')
    .meta({ section: 'Backup', description: 'Private age key', secret: true }),
} as const;

/** The database to restore into; must be empty. */
export const restoreVariables = {
  RESTORE_DATABASE_URL: postgresVariables.DATABASE_URL,
} as const;

const {
  DATABASE_URL: _database,
  DATABASE_DIRECT_URL: _direct,
  BACKUP_RECIPIENTS: _recipients,
  ...rest
} = backupVariables;

/** Variables for listing, verifying and reading backups, which need neither a database nor a key. */
export const bucketVariables = rest;
