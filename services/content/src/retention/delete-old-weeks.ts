import { cleanUp } from '@lms/jobs';
import type { Deps } from '../deps.ts';
import { deleteWeekCounts, deleteWeeks } from '../leaderboards/leaderboard-store.ts';

/** Leaderboards are kept for a year. */
const keptWeeks = 53;

/** Job: deletes leaderboards of old weeks. Progress and streaks are stored elsewhere and stay. */
export async function deleteOldWeeks(
  { prisma, log }: Pick<Deps, 'prisma' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  await cleanUp(
    {
      // The learners first: deleting them changes the counts.
      learners: (limit) => deleteWeeks(prisma, { keptWeeks, limit }),
      counts: (limit) => deleteWeekCounts(prisma, { keptWeeks, limit }),
    },
    { log, signal },
  );
}
