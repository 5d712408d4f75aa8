import type { BackupBucket } from './bucket.ts';
import type { Manifest } from './manifest.ts';
import { checkFile, openBackup } from './read-backup.ts';

/**
 * Reads a backup whole and compares it with its manifest: the encrypted file without an identity; with one
 * also the text inside and the rows of every table. Only a restore proves that a database comes out of it.
 * @throws Error saying what differs.
 */
export async function verifyBackup(
  bucket: BackupBucket,
  manifest: Manifest,
  identity: string | null,
): Promise<'file' | 'rows'> {
  if (identity === null) {
    await checkFile(bucket, manifest);
    return 'file';
  }
  for await (const _part of openBackup(bucket, manifest, identity));
  return 'rows';
}
