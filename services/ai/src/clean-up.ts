import { cleanUp } from '@lms/jobs';
import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from './deps.ts';
import { deleteOldGradings } from './grading/grading-store.ts';
import { deleteOldTranscripts } from './recordings/transcript-store.ts';
import { deleteOldInvocations, deleteOldUsage } from './usage/usage-store.ts';

const dayMs = 86_400_000;
/** Retention times; content keeps feedback, and consumers of the events keep invocations. */
const kept = { gradings: 30 * dayMs, transcripts: 30 * dayMs, usage: 7 * dayMs, invocations: 90 * dayMs };

/** Scheduled job: deletes data that is no longer needed. */
export async function deleteOldRows(
  { sql, log }: Pick<Deps, 'sql' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const now = Date.now();
  const olderThan = (ms: number) => new Date(now - ms);
  await cleanUp(
    {
      gradings: (limit) => deleteOldGradings(sql, olderThan(kept.gradings), limit),
      transcripts: (limit) => deleteOldTranscripts(sql, olderThan(kept.transcripts), limit),
      usage: (limit) => deleteOldUsage(sql, olderThan(kept.usage), limit),
      invocations: (limit) => deleteOldInvocations(sql, olderThan(kept.invocations), limit),
      idempotencyKeys: () => deleteExpiredIdempotencyKeys(sql),
    },
    { log, signal },
  );
}
