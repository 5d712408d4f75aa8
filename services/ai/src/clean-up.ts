import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from './deps.ts';
import { deleteOldGradings } from './grading/grading-store.ts';
import { deleteOldTranscripts } from './recordings/transcript-store.ts';
import { deleteOldUsage } from './usage/usage-store.ts';

const dayMs = 86_400_000;
/** Retention times; content keeps feedback, and consumers of the events keep invocations. */
const kept = { gradings: 30 * dayMs, transcripts: 30 * dayMs, usage: 7 * dayMs, invocations: 90 * dayMs };

/** Scheduled job: deletes data that is no longer needed. */
export async function cleanUp({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const ago = (ms: number) => new Date(Date.now() - ms);
  const gradings = await deleteOldGradings(prisma, ago(kept.gradings));
  await deleteOldTranscripts(prisma, ago(kept.transcripts));
  await deleteOldUsage(prisma, { day: ago(kept.usage), recordedAt: ago(kept.invocations) });
  const keys = await deleteExpiredIdempotencyKeys(prisma);
  log.info({ gradings, keys }, 'cleaned up');
}
