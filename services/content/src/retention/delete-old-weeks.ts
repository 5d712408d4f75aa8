import type { Deps } from '../deps.ts';
import { deleteWeeks } from '../leaderboards/leaderboard-store.ts';

/** Leaderboards are kept for a year. */
const keptWeeks = 53;
const batch = 10_000;

/** Job: deletes leaderboards of old weeks. Progress and streaks are stored elsewhere and stay. */
export async function deleteOldWeeks({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  let total = 0;
  for (let deleted = batch; deleted === batch; total += deleted)
    deleted = await deleteWeeks(prisma, { keptWeeks, limit: batch });
  log.info({ deleted: total }, 'deleted leaderboards of old weeks');
}
