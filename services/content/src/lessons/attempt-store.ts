import { type SqlTransaction, uuidv7Floor } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import { neededMediaFields, skippableKindNames } from '../exercises/exercise-kinds.ts';
import type { Before } from '../progress/xp.ts';

export interface Attempt {
  id: string;
  versionId: string;
  startedAt: Date;
  completedAt: Date | null;
  xp: number;
}

const columns = `id::text, version_id::text AS "versionId", started_at AS "startedAt", completed_at AS "completedAt", xp`;

/**
 * The learner's open attempt at a lesson, created if there is none. A new attempt uses the version that is
 * published now. Of two simultaneous calls, one creates it.
 */
export async function openAttempt(
  tx: SqlTransaction,
  attempt: { userId: string; courseId: string; lessonId: string; versionId: string },
): Promise<{ attempt: Attempt; isNew: boolean }> {
  const id = uuidv7();
  const [row] = await tx.$queryRawUnsafe<Attempt[]>(
    `INSERT INTO lesson_attempts AS a (id, user_id, course_id, lesson_id, version_id)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid)
     ON CONFLICT (user_id, lesson_id) WHERE completed_at IS NULL
       DO UPDATE SET version_id = EXCLUDED.version_id, course_id = EXCLUDED.course_id
     RETURNING ${columns}`,
    id,
    attempt.userId,
    attempt.courseId,
    attempt.lessonId,
    attempt.versionId,
  );
  if (!row) throw new Error('an upsert returned nothing');
  return { attempt: row, isNew: row.id === id };
}

/** The open attempt, locked until the transaction ends; null if there is none. */
export async function lockOpenAttempt(
  tx: SqlTransaction,
  userId: string,
  lessonId: string,
): Promise<Attempt | null> {
  const [row] = await tx.$queryRawUnsafe<Attempt[]>(
    `SELECT ${columns} FROM lesson_attempts
     WHERE user_id = $1::uuid AND lesson_id = $2::uuid AND completed_at IS NULL FOR UPDATE`,
    userId,
    lessonId,
  );
  return row ?? null;
}

export async function findLastCompleted(
  tx: SqlTransaction,
  userId: string,
  lessonId: string,
): Promise<Attempt | null> {
  const [row] = await tx.$queryRawUnsafe<Attempt[]>(
    `SELECT ${columns} FROM lesson_attempts
     WHERE user_id = $1::uuid AND lesson_id = $2::uuid AND completed_at IS NOT NULL
     ORDER BY completed_at DESC LIMIT 1`,
    userId,
    lessonId,
  );
  return row ?? null;
}

export async function findCompletedBefore(
  tx: SqlTransaction,
  userId: string,
  lessonId: string,
): Promise<Before> {
  const [row] = await tx.$queryRawUnsafe<Before[]>(
    `SELECT EXISTS (SELECT FROM lesson_attempts WHERE user_id = $1::uuid AND lesson_id = $2::uuid
         AND completed_at IS NOT NULL) AS "everDone",
       EXISTS (SELECT FROM lesson_attempts WHERE user_id = $1::uuid AND lesson_id = $2::uuid
         AND completed_at >= date_trunc('day', now(), 'UTC')) AS "doneToday"`,
    userId,
    lessonId,
  );
  return row ?? { everDone: false, doneToday: false };
}

export async function closeAttempt(
  tx: SqlTransaction,
  { id, xp, completedAt }: { id: string; xp: number; completedAt: Date },
): Promise<void> {
  await tx.$executeRawUnsafe(
    'UPDATE lesson_attempts SET xp = $2::int, completed_at = $3::timestamptz WHERE id = $1::uuid',
    id,
    xp,
    completedAt.toISOString(),
  );
}

export interface AnsweredCount {
  exercises: number;
  answered: number;
  correct: number;
  /** Required exercises without an answer. Kinds that may be skipped and exercises with missing files do not count. */
  left: number;
}

/** Number of exercises of the lesson that were answered in the attempt. */
export async function countAnswered(
  tx: SqlTransaction,
  { id, versionId, startedAt }: Attempt,
  lessonId: string,
): Promise<AnsweredCount> {
  const [row] = await tx.$queryRawUnsafe<AnsweredCount[]>(
    `WITH done AS (SELECT exercise_id, bool_or(correct) AS correct FROM answers
       WHERE attempt_id = $1::uuid AND id >= $7::uuid GROUP BY exercise_id)
     SELECT count(*)::int AS exercises, count(d.exercise_id)::int AS answered,
       count(*) FILTER (WHERE d.correct)::int AS correct,
       count(*) FILTER (WHERE d.exercise_id IS NULL AND e.kind <> ALL ($4::text[]) AND NOT EXISTS (
         SELECT FROM unnest($5::text[], $6::text[]) AS needed(kind, field)
         WHERE needed.kind = e.kind AND NOT EXISTS (
           SELECT FROM version_media m JOIN media_assets a ON a.asset_id = m.asset_id AND a.status = 'ready'
           WHERE m.version_id = e.version_id AND m.path = e.content->'content'->>needed.field)))::int AS left
     FROM version_exercises e LEFT JOIN done d ON d.exercise_id = e.exercise_id
     WHERE e.version_id = $2::uuid AND e.lesson_id = $3::uuid`,
    id,
    versionId,
    lessonId,
    skippableKindNames,
    neededMediaFields.map(({ kind }) => kind),
    neededMediaFields.map(({ field }) => field),
    // Its answers are not older, so older partitions are not read. An hour covers clocks that differ.
    uuidv7Floor(new Date(startedAt.getTime() - 3_600_000)),
  );
  return row ?? { exercises: 0, answered: 0, correct: 0, left: 0 };
}
