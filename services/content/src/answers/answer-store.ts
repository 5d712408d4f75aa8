import { appendingFrom, type OutboxEvent } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Answer } from '../exercises/exercise-kinds.ts';

/** Where a learner sees an exercise. */
export interface ExercisePlace {
  courseId: string;
  lessonId: string;
  versionId: string;
}

/**
 * Where the learner sees an exercise now: in the version of the open attempt at its lesson, otherwise in the published
 * version. Null if learners cannot see it.
 */
export async function findExercisePlace(
  sql: SqlTransaction,
  exerciseId: string,
  userId: string,
): Promise<(ExercisePlace & { isPublished: boolean }) | null> {
  // An exercise may be in different lessons of different versions, so the attempt comes before the published version.
  const [place] = await sql.$queryRawUnsafe<(ExercisePlace & { isPublished: boolean })[]>(
    `SELECT c.id::text AS "courseId", e.lesson_id::text AS "lessonId", e.version_id::text AS "versionId",
       e.version_id = c.published_version_id AS "isPublished"
     FROM content_ids i
     JOIN courses c ON c.id = i.course_id AND c.published_version_id IS NOT NULL
     JOIN LATERAL (
       SELECT true AS started, ve.version_id, ve.lesson_id
       FROM lesson_attempts a JOIN version_exercises ve ON ve.version_id = a.version_id AND ve.lesson_id = a.lesson_id
       WHERE a.user_id = $2::uuid AND a.course_id = c.id AND a.completed_at IS NULL AND ve.exercise_id = i.id
       UNION ALL
       SELECT false, ve.version_id, ve.lesson_id FROM version_exercises ve
       WHERE ve.version_id = c.published_version_id AND ve.exercise_id = i.id
         AND NOT EXISTS (SELECT FROM lesson_attempts a
           WHERE a.user_id = $2::uuid AND a.lesson_id = ve.lesson_id AND a.completed_at IS NULL
             AND a.version_id <> ve.version_id)
     ) e ON true
     WHERE i.id = $1::uuid AND i.kind = 'exercise' ORDER BY e.started DESC LIMIT 1`,
    exerciseId,
    userId,
  );
  return place ?? null;
}

/** Serialises the answers of one learner to one exercise, so that XP is earned only once; `take_answer` takes the same lock. */
export async function lockExercise(tx: SqlTransaction, userId: string, exerciseId: string): Promise<void> {
  await tx.$queryRawUnsafe(
    'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text',
    `answer:${userId}:${exerciseId}`,
  );
}

export interface NewAnswer extends ExercisePlace {
  id: string;
  userId: string;
  exerciseId: string;
  kind: string;
  answer: Answer;
  correct: boolean | null;
  score: number | null;
  answeredAt: Date;
}

/** What an answer is worth: the first right one to its exercise, one on another day, and one on the same day (UTC). */
export interface Worth {
  first: number;
  otherDay: number;
  sameDay: number;
}

export type Taken =
  | { outcome: 'taken'; xp: number }
  /** The learner no longer sees this version of the exercise, or of its course; nothing is stored. */
  | { outcome: 'moved' }
  /** The learner was erased; nothing is stored. */
  | { outcome: 'erased' };

/**
 * Stores an answer, its XP, its event and the enrolment in one statement, which is a transaction of its own if `sql` is
 * none. `event` is appended with the XP as its `data.xp`. The rules of concurrency are described in the migration that
 * creates `take_answer`.
 */
export async function takeAnswer(
  sql: SqlTransaction,
  { answer, worth, event }: { answer: NewAnswer; worth: Worth; event: OutboxEvent },
): Promise<Taken> {
  const [row] = await sql.$queryRawUnsafe<{ outcome: Taken['outcome']; xp: number | null }[]>(
    takeAnswerStatement,
    answer.id,
    answer.userId,
    answer.courseId,
    answer.lessonId,
    answer.exerciseId,
    answer.versionId,
    answer.kind,
    JSON.stringify(answer.answer),
    answer.correct,
    answer.score,
    answer.answeredAt.toISOString(),
    worth.first,
    worth.otherDay,
    worth.sameDay,
    event.id,
    event.topic,
    event.key,
    event.payload,
  );
  if (!row) throw new Error('a call returned nothing');
  return row.outcome === 'taken' ? { outcome: 'taken', xp: row.xp ?? 0 } : { outcome: row.outcome };
}

const takeAnswerStatement = `WITH taken AS MATERIALIZED (
    SELECT outcome, earned FROM take_answer($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::text,
      $8::jsonb, $9::boolean, $10::float8, $11::timestamptz, $12::int, $13::int, $14::int)),
  event AS (
    SELECT $15::uuid AS event_id, $16::text AS topic, $17::text AS key,
      CASE WHEN earned > 0 THEN jsonb_set($18::jsonb, '{data,xp}', to_jsonb(earned))::text ELSE $18::text END AS payload
    FROM taken WHERE outcome = 'taken'),
  ${appendingFrom('event')}
  SELECT outcome, earned AS xp FROM taken`;
