import { cleanUp } from '@lms/jobs';
import type { Deps } from '../deps.ts';
import {
  deleteVersionContent,
  findVersionToEmpty,
  type KeptVersions,
  markEmptied,
  markRetired,
  moveAbandonedAttempts,
} from './retired-version-store.ts';

/** What rolling back promises: docs/adr/0007-published-versions.md. */
const kept: KeptVersions = { newest: 20, days: 90 };

/**
 * Job: retires versions that need not be kept, and deletes the content of those that were retired before. A course that
 * is published every day would otherwise grow by a copy of itself every day.
 */
export async function retireVersions(
  { sql, log, shared }: Pick<Deps, 'sql' | 'log' | 'shared'>,
  signal: AbortSignal,
): Promise<void> {
  await cleanUp(
    {
      retired: (limit) => markRetired(sql, kept, limit),
      movedAttempts: (limit) => moveAbandonedAttempts(sql, limit),
      content: (limit) => emptyVersions(sql, limit),
    },
    { log, signal },
  );
  shared.forget();
}

/** Deletes `limit` rows of content of one version after the other; returns fewer when nothing is left. */
async function emptyVersions(sql: Deps['sql'], limit: number): Promise<number> {
  let deleted = 0;
  while (deleted < limit) {
    const versionId = await findVersionToEmpty(sql);
    if (!versionId) break;
    deleted += await deleteVersionContent(sql, versionId, limit - deleted);
    if (deleted < limit) await markEmptied(sql, versionId);
  }
  return deleted;
}
