import type { Deps } from '../deps.ts';
import { deleteWeeks } from '../leaderboards/leaderboard-store.ts';

/** Leaderboards of a year can be looked at. */
const keptWeeks = 53;
const batch = 10_000;

/** Job: forgets leaderboards of weeks long past. Progress and streaks are elsewhere and stay. */
export async function deleteOldWeeks({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  let total = 0;
  for (let deleted = batch; deleted === batch; total += deleted)
    deleted = await deleteWeeks(prisma, { keptWeeks, limit: batch });
  log.info({ deleted: total }, 'leaderboards of old weeks deleted');
}
