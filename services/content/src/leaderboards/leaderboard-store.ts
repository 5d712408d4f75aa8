import type { Tx } from '../deps.ts';

export interface LeaderboardEntry {
  rank: number;
  xp: number;
  isSelf: boolean;
}

/** The top learners of a week; equal XP means equal rank. */
export function listLeaders(
  tx: Tx,
  { week, userId, limit }: { week: string; userId: string; limit: number },
): Promise<LeaderboardEntry[]> {
  return tx.$queryRawUnsafe<LeaderboardEntry[]>(
    `SELECT rank() OVER (ORDER BY xp DESC)::int AS rank, xp, user_id = $2::uuid AS "isSelf"
     FROM (SELECT xp, user_id FROM weekly_xp WHERE week = $1::date ORDER BY xp DESC, user_id LIMIT $3::int) top
     ORDER BY xp DESC, user_id`,
    week,
    userId,
    limit,
  );
}

/** A learner's rank in a week; null without XP. */
export async function findStanding(
  tx: Tx,
  { week, userId }: { week: string; userId: string },
): Promise<{ rank: number; xp: number } | null> {
  const [row] = await tx.$queryRawUnsafe<{ rank: number; xp: number }[]>(
    `SELECT own.xp, (SELECT count(*)::int + 1 FROM weekly_xp w WHERE w.week = own.week AND w.xp > own.xp) AS rank
     FROM weekly_xp own WHERE own.week = $1::date AND own.user_id = $2::uuid`,
    week,
    userId,
  );
  return row ?? null;
}

/** Deletes weeks that began more than `keptWeeks` weeks ago, `limit` rows at most; returns how many. */
export function deleteWeeks(
  tx: Tx,
  { keptWeeks, limit }: { keptWeeks: number; limit: number },
): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM weekly_xp WHERE (week, user_id) IN (
       SELECT week, user_id FROM weekly_xp WHERE week < current_date - $1::int * 7 ORDER BY week LIMIT $2::int)`,
    keptWeeks,
    limit,
  );
}
