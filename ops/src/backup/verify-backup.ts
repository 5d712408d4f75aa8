import { join } from 'node:path';
import type { BackupBucket } from './bucket.ts';
import type { Manifest } from './manifest.ts';
import { findPostgresClient } from './postgres-client.ts';
import { checkFile, openArchive } from './read-backup.ts';
import { startProgram } from './start-program.ts';

/**
 * Reads a whole backup and compares it with its manifest: without an identity only the encrypted file, with one
 * also the archive inside, which `pg_restore` unpacks to the last row and discards. Only a restore proves that a
 * database can be created from it.
 * @throws Error saying what differs.
 */
export async function verifyBackup(options: {
  bucket: BackupBucket;
  manifest: Manifest;
  identity: string | null;
  /** Environment whose PATH is searched for pg_restore. */
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
