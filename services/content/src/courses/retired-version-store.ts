import type { SqlTransaction } from '@lms/postgres';

/** Which versions of a course are kept although they are neither published nor being read. */
export interface KeptVersions {
  /** The newest versions of each course. */
  newest: number;
  /** Versions younger than this, and versions of attempts that were started since. */
  days: number;
}

/**
 * Retires at most `limit` versions that need not be kept; returns how many. The courses are locked, so a version cannot
 * be published at the same time.
 */
export function markRetired(
  tx: SqlTransaction,
  { newest, days }: KeptVersions,
  limit: number,
): Promise<number> {
  return tx.$executeRawUnsafe(
    `UPDATE course_versions SET retired_at = now() WHERE id IN (
       SELECT v.id FROM courses c JOIN course_versions v ON v.course_id = c.id AND v.version <= c.latest_version - $1::int
       WHERE c.latest_version > $1::int AND v.retired_at IS NULL AND v.id IS DISTINCT FROM c.published_version_id
         AND v.published_at < now() - $2::int * interval '1 day'
         AND NOT EXISTS (SELECT FROM lesson_attempts a WHERE a.version_id = v.id AND a.completed_at IS NULL
           AND a.started_at > now() - $2::int * interval '1 day')
       LIMIT $3::int FOR NO KEY UPDATE OF c SKIP LOCKED)`,
    newest,
    days,
    limit,
  );
}

/**
 * Moves at most `limit` open attempts from retired versions to the published ones, which is what starting the lesson
 * again does; returns how many. Attempts at lessons of unpublished courses stay.
 */
export function moveAbandonedAttempts(tx: SqlTransaction, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `UPDATE lesson_attempts SET version_id = moved.version_id FROM (
       SELECT a.id, c.published_version_id AS version_id
       FROM course_versions v JOIN courses c ON c.id = v.course_id
         JOIN lesson_attempts a ON a.version_id = v.id AND a.completed_at IS NULL
       WHERE v.retired_at IS NOT NULL AND v.emptied_at IS NULL AND c.published_version_id IS NOT NULL
       LIMIT $1::int FOR UPDATE OF a SKIP LOCKED) moved
     WHERE lesson_attempts.id = moved.id`,
    limit,
  );
}

/**
 * A version that was retired more than an hour ago, still has content, and has no open attempt; null if there is none.
 * A request that had just read that the version was published has started its attempt by then.
 */
export async function findVersionToEmpty(tx: SqlTransaction): Promise<string | null> {
  const [version] = await tx.$queryRawUnsafe<{ id: string }[]>(
    `SELECT v.id::text FROM course_versions v
     WHERE v.retired_at < now() - interval '1 hour' AND v.emptied_at IS NULL
       AND NOT EXISTS (SELECT FROM lesson_attempts a WHERE a.version_id = v.id AND a.completed_at IS NULL)
       AND NOT EXISTS (SELECT FROM courses c WHERE c.published_version_id = v.id)
     ORDER BY v.retired_at LIMIT 1`,
  );
  return version?.id ?? null;
}

/** Deletes at most `limit` exercises, lessons and files of a version; returns how many. */
export function deleteVersionContent(tx: SqlTransaction, versionId: string, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `WITH exercises AS (
       DELETE FROM version_exercises WHERE version_id = $1::uuid AND exercise_id IN (
         SELECT exercise_id FROM version_exercises WHERE version_id = $1::uuid LIMIT $2::int) RETURNING 1),
     lessons AS (
       DELETE FROM version_lessons WHERE version_id = $1::uuid AND lesson_id IN (
         SELECT lesson_id FROM version_lessons WHERE version_id = $1::uuid
         LIMIT $2::int - (SELECT count(*) FROM exercises)) RETURNING 1),
     files AS (
       DELETE FROM version_media WHERE version_id = $1::uuid AND path IN (
         SELECT path FROM version_media WHERE version_id = $1::uuid
         LIMIT $2::int - (SELECT count(*) FROM exercises) - (SELECT count(*) FROM lessons)) RETURNING 1)
     SELECT 1 FROM exercises UNION ALL SELECT 1 FROM lessons UNION ALL SELECT 1 FROM files`,
    versionId,
    limit,
  );
}

/** Records that the content of a version is deleted, with what its own row held of it. */
export async function markEmptied(tx: SqlTransaction, versionId: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE course_versions SET emptied_at = now(), outline = '[]', search_text = '' WHERE id = $1::uuid`,
    versionId,
  );
}
