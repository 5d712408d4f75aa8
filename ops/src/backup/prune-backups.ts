import type { BackupBucket } from './bucket.ts';
import { backupName, manifestKey } from './manifest.ts';
import { listBackups } from './read-backup.ts';
import { expiredBackups, type RetentionPolicy } from './retention.ts';

const unfinishedMs = 86_400_000;

/**
 * Deletes backups that the policy no longer keeps, and unfinished backups that are older than a day. Manifests are
 * deleted first, so that none remains without its file.
 * @returns The names of the deleted backups.
 */
export async function pruneBackups(
  bucket: BackupBucket,
  policy: RetentionPolicy,
  now = new Date(),
): Promise<string[]> {
  const finished = await listBackups(bucket);
  const all = await bucket.list();
  const unfinished = all
    .filter(({ modifiedAt }) => now.getTime() - modifiedAt.getTime() > unfinishedMs)
    .map(({ key }) => key.split('/')[0] ?? '')
    .filter((name) => backupName.test(name) && !finished.includes(name));
  const doomed = [...expiredBackups(finished, policy, now), ...new Set(unfinished)];
  for (const name of doomed) {
    await bucket.delete(manifestKey(name));
    for (const { key } of all) if (key.startsWith(`${name}/`)) await bucket.delete(key);
  }
  return doomed.sort();
}
