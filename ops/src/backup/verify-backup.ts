import { join } from 'node:path';
import type { BackupBucket } from './bucket.ts';
import type { Manifest } from './manifest.ts';
import { findPostgresClient } from './postgres-client.ts';
import { checkFile, openArchive } from './read-backup.ts';
import { startProgram } from './start-program.ts';

/**
 * Reads a backup whole and compares it with its manifest: the encrypted file without an identity; with one
 * also the archive inside, which `pg_restore` then unpacks to its last row, into nothing. Only a restore proves
 * that a database comes out of it.
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
  const program = join(await findPostgresClient(manifest.serverVersion, options.env), 'pg_restore');
  const reader = startProgram({ program, args: ['--file=/dev/null'] });
  try {
    await reader.feed(openArchive(bucket, manifest, identity));
    return 'rows';
  } finally {
    await reader.stop();
  }
}
