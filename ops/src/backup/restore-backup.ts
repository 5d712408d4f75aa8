import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { BackupBucket } from './bucket.ts';
import { listSchemas, openSession, quoted, readFacts, type SchemaFacts } from './database-facts.ts';
import type { Manifest } from './manifest.ts';
import { findPostgresClient } from './postgres-client.ts';
import { openArchive } from './read-backup.ts';
import { startProgram } from './start-program.ts';

/**
 * Restores a backup into an empty database, completely or not at all. `pg_restore` runs in one transaction, which
 * it can only commit if the file matches the manifest. Afterwards all schemas and rows are read again and compared
 * with the manifest; if anything differs, everything is dropped.
 * @throws Error if the database is not empty, the identity does not match, or anything differs.
 */
export async function restoreBackup(options: {
  databaseUrl: string;
  bucket: BackupBucket;
  manifest: Manifest;
  identity: string;
  /** Environment whose PATH is searched for pg_restore. */
  env: NodeJS.ProcessEnv;
}): Promise<{ tables: number; rows: number }> {
  const { databaseUrl, bucket, manifest, identity } = options;
  const client = await openSession(databaseUrl, 'lms-restore');
  try {
    const there = await listSchemas(client);
    if (there.length > 0)
      throw new Error(
        `the database is not empty: it has the schemas ${there.join(', ')}; restore into a new one`,
      );
    const folder = await findPostgresClient(manifest.serverVersion, options.env);
    const database = (client.database ?? '').replace(/['\\]/g, '\\$&');
    const args = [...restoreArgs, `--dbname=dbname='${database}'`];
    const program = join(folder, 'pg_restore');
    const restore = startProgram({ program, args, databaseUrl, applicationName: 'lms-restore' });
    try {
      await restore.feed(openArchive(bucket, manifest, identity));
    } finally {
      await restore.stop();
    }
    const found = await readFacts(client);
    const difference = findDifference(found, manifest);
    if (difference) {
      await dropSchemas(client, manifest);
      throw new Error(difference);
    }
    await client.query('ANALYZE');
    const tables = found.flatMap((schema) => schema.tables);
    return { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
  } finally {
    await client.end();
  }
}

const restoreArgs = [
  '--single-transaction',
  '--exit-on-error',
  '--no-owner',
  '--no-privileges',
  '--no-password',
];

/** The first difference between a restored database and the manifest of its backup. */
function findDifference(found: SchemaFacts[], { schemas }: Manifest): string | null {
  for (const schema of schemas) {
    const restored = found.find(({ name }) => name === schema.name);
    if (restored?.fingerprint !== schema.fingerprint)
      return `the schema ${schema.name} was not restored unchanged`;
    for (const table of schema.tables)
      if (!restored.tables.some((one) => isDeepStrictEqual(one, table)))
        return `the rows of ${schema.name}.${table.name} were not restored unchanged`;
  }
  return null;
}

/** Drops all schemas. The database was empty, so pg_restore created every one of them. */
async function dropSchemas(client: pg.Client, { schemas }: Manifest): Promise<void> {
  await client.query('BEGIN');
  for (const { name } of schemas) {
    await client.query(`DROP SCHEMA IF EXISTS ${quoted(name)} CASCADE`);
    if (name === 'public') await client.query('CREATE SCHEMA public');
  }
  await client.query('COMMIT');
}
