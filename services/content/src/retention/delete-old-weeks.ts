import type { Deps } from '../deps.ts';

/** Leaderboards of a year can be looked at. */
const keptWeeks = 53;
const batch = 10_000;

/** Job: forgets leaderboards of weeks long past. Progress and streaks are elsewhere and stay. */
export async function deleteOldWeeks({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  let total = 0;
  for (let deleted = batch; deleted === batch; total += deleted)
    deleted = await prisma.$executeRawUnsafe(
      `DELETE FROM weekly_xp WHERE (week, user_id) IN (
         SELECT week, user_id FROM weekly_xp WHERE week < current_date - $1::int * 7 ORDER BY week LIMIT $2::int)`,
      keptWeeks,
      batch,
    );
  log.info({ deleted: total }, 'leaderboards of old weeks deleted');
}
