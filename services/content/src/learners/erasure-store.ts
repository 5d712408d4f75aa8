import type { SqlTransaction } from '@lms/postgres';

/** Stands for the owner or author of what stays after an erasure. */
export const nobody = '00000000-0000-0000-0000-000000000000';

/** At most `limit` ($2) rows of a user ($1), by the part of their key that is not the user's id. */
const some = (table: string, key: string, condition: string) =>
  `${condition} AND ${key} = ANY (ARRAY(SELECT ${key} FROM ${table} WHERE ${condition} LIMIT $2::int))`;
const ofUser = (table: string, key: string) =>
  `DELETE FROM ${table} WHERE ${some(table, key, 'user_id = $1::uuid')}`;

/** Rows that refer to others are deleted before them. */
const statements = [
  // Others can see these, as ranks.
  ofUser('weekly_xp', 'week'),
  ofUser('learner_progress', 'user_id'),
  ofUser('enrollments', 'course_id'),
  ofUser('course_progress', 'course_id'),
  ofUser('submissions', 'id'),
  ofUser('answers', 'id'),
  ofUser('exercise_results', 'exercise_id'),
  ofUser('lesson_attempts', 'id'),
  ofUser('lesson_progress', 'lesson_id'),
  ofUser('daily_activity', 'day'),
  `DELETE FROM media_assets
   WHERE ${some('media_assets', 'asset_id', `owner_id = $1::uuid AND purpose IN ('recording', 'avatar')`)}`,
  `UPDATE media_assets SET owner_id = '${nobody}' WHERE ${some('media_assets', 'asset_id', 'owner_id = $1::uuid')}`,
  `UPDATE courses SET created_by = '${nobody}' WHERE ${some('courses', 'id', 'created_by = $1::uuid')}`,
  `UPDATE course_versions SET published_by = '${nobody}'
   WHERE ${some('course_versions', 'id', 'published_by = $1::uuid')}`,
  // A scope has few keys, so these may be a few more than the limit.
  `DELETE FROM idempotency_keys WHERE ${some('idempotency_keys', 'scope', `scope LIKE $1::text || ' %'`)}`,
];

/**
 * Deletes at most `limit` rows of a user who is marked as erased, and takes the user's id off courses and lesson files,
 * which stay. Returns how many rows it changed: fewer than `limit` when nothing is left.
 */
export async function eraseBatch(tx: SqlTransaction, userId: string, limit: number): Promise<number> {
  let changed = 0;
  for (const statement of statements) {
    changed += await tx.$executeRawUnsafe(statement, userId, limit - changed);
    if (changed >= limit) break;
  }
  return changed;
}
