import type { SqlTransaction } from '@lms/postgres';

export interface LeaderboardEntry {
  rank: number;
  xp: number;
  isSelf: boolean;
}

/** The top learners of a week; equal XP means equal rank. */
export function listLeaders(
  tx: SqlTransaction,
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

/**
 * A learner's rank in a week; null without XP. The learners above are summed up from `weekly_xp_counts`: those of
 * whole blocks of 64 XP, and those in the learner's own block.
 */
export async function findStanding(
  tx: SqlTransaction,
  { week, userId }: { week: string; userId: string },
): Promise<{ rank: number; xp: number } | null> {
  const [row] = await tx.$queryRawUnsafe<{ rank: number; xp: number }[]>(
    `SELECT own.xp, (1 + coalesce(blocks.learners, 0) + coalesce(rest.learners, 0))::int AS rank
     FROM weekly_xp own,
       LATERAL (SELECT sum(c.learners) AS learners FROM weekly_xp_counts c
         WHERE c.week = own.week AND c.width = 64 AND c.xp > own.xp) blocks,
       LATERAL (SELECT sum(c.learners) AS learners FROM weekly_xp_counts c
         WHERE c.week = own.week AND c.width = 1 AND c.xp > own.xp AND c.xp < own.xp / 64 * 64 + 64) rest
     WHERE own.week = $1::date AND own.user_id = $2::uuid`,
    week,
    userId,
  );
  return row ?? null;
}

/**
 * Compares the counts of a week with the learners' XP and corrects them; returns how many counts were wrong. Writers
 * need not wait, because one snapshot sees both.
 */
export function recountWeek(tx: SqlTransaction, week: string): Promise<number> {
  return tx.$executeRawUnsafe(
    `INSERT INTO weekly_xp_counts AS c (week, width, xp, shard, learners)
     SELECT $1::date, width, xp, 8, sum(learners) FROM (
       SELECT width, xp / width * width AS xp, count(*) AS learners
       FROM weekly_xp, (VALUES (1), (64)) AS widths (width) WHERE week = $1::date GROUP BY 1, 2
       UNION ALL SELECT width, xp, -learners FROM weekly_xp_counts WHERE week = $1::date) AS missing
     GROUP BY width, xp HAVING sum(learners) <> 0
     ON CONFLICT (week, width, xp, shard) DO UPDATE SET learners = c.learners + EXCLUDED.learners`,
    week,
  );
}

/** Deletes weeks that began more than `keptWeeks` weeks ago, `limit` rows at most; returns how many. */
export function deleteWeeks(
  tx: SqlTransaction,
  { keptWeeks, limit }: { keptWeeks: number; limit: number },
): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM weekly_xp WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM weekly_xp WHERE week < current_date - $1::int * 7 ORDER BY week LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    keptWeeks,
    limit,
  );
}

/** Deletes the counts of such weeks, `limit` rows at most; returns how many. */
export function deleteWeekCounts(
  tx: SqlTransaction,
  { keptWeeks, limit }: { keptWeeks: number; limit: number },
): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM weekly_xp_counts WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM weekly_xp_counts WHERE week < current_date - $1::int * 7 ORDER BY week LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    keptWeeks,
    limit,
  );
}
