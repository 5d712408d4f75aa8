import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * `manifest.json` next to a backup's `database.dump.age` describes the content and lets it be verified. It is
 * written last, so a backup without one is not finished. It is not encrypted and contains no rows.
 */
export const manifestSchema = z.object({
  format: z.literal(2),
  name: z.string(),
  label: z.string().nullable(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Versions of the product that wrote it and of PostgreSQL. */
  version: z.string(),
  serverVersion: z.string(),
  recipients: z.array(z.string()),
  /** The encrypted file. */
  file: z.object({ key: z.string(), bytes: z.number(), sha256 }),
  /** The archive inside, in the format of `pg_dump --format=custom`. */
  archive: z.object({ bytes: z.number(), sha256 }),
  schemas: z.array(
    z.object({
      name: z.string(),
      /** SHA-256 of the description of the schema (describe-schema.ts). */
      fingerprint: sha256,
      /** Newest applied migration; null for a schema without a record of migrations. */
      migration: z.string().nullable(),
      /** Number of rows, and the sum of their hashes (database-facts.ts). */
      tables: z.array(z.object({ name: z.string(), rows: z.number(), checksum: z.string() })),
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** `20261125T031500Z-a1b2c3` or, with a label, `20261125T031500Z-a1b2c3-before-migrate-auth`; names sort by time. */
export const backupName = /^(\d{8}T\d{6}Z)-[0-9a-f]{6}(?:-([a-z0-9-]{1,60}))?$/;

/** Start time of a backup, from its name; null if the name is not that of a backup. */
export function timeOf(name: string): Date | null {
  const [, stamp] = backupName.exec(name) ?? [];
  if (!stamp) return null;
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return new Date(iso);
}

export const manifestKey = (name: string) => `${name}/manifest.json`;
export const dumpKey = (name: string) => `${name}/database.dump.age`;
