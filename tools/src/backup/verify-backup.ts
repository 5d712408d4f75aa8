import { join } from 'node:path';
import type { BackupBucket } from './bucket.ts';
import { countRows } from './count-rows.ts';
import { type Manifest, serverMajor } from './manifest.ts';
import { findPostgresClient } from './postgres-client.ts';
import { checkFile, openArchive } from './read-backup.ts';
import { startProgram } from './run-program.ts';

/**
 * Reads a backup whole and compares it with its manifest: the encrypted file without an identity; with one
 * also the archive inside, which `pg_restore` reads to its end, and the rows of every table in it. Only a
 * restore proves that a database comes out of it.
 * @throws Error saying what differs.
 */
export async function verifyBackup(options: {
  bucket: BackupBucket;
  manifest: Manifest;
  identity: string | null;
  /** Its PATH is where pg_restore is looked for. */
  env: NodeJS.ProcessEnv;
}): Promise<'file' | 'rows'> {
  const { bucket, manifest, identity } = options;
  if (identity === null) {
    await checkFile(bucket, manifest);
    return 'file';
  }
  const program = join(await findPostgresClient(serverMajor(manifest), options.env), 'pg_restore');
  const text = startProgram({ program, args: ['--data-only', '--file=-'] });
  try {
    const [counts] = await Promise.all([
      countRows(text.stdout),
      text.feed(openArchive(bucket, manifest, identity)),
    ]);
    for (const { name: schema, tables } of manifest.schemas)
      for (const { name, rows } of tables)
        if (counts.get(JSON.stringify([schema, name])) !== rows)
          throw new Error(`the rows of ${schema}.${name} are not those of the manifest`);
    return 'rows';
  } finally {
    await text.stop();
  }
}
