import type { Tx } from '../deps.ts';
import type { Answer, Exercise } from '../exercises/exercise-kinds.ts';
import type { Before } from '../progress/xp.ts';

export interface AskedExercise {
  exerciseId: string;
  lessonId: string;
  courseId: string;
  versionId: string;
  attemptId: string | null;
  language: string;
  forLanguage: string;
  level: string | null;
  exercise: Exercise;
}

/**
 * An exercise as the learner saw it: from the version of the open attempt, otherwise from the published version.
 * Null if learners cannot see it.
 */
export async function findAskedExercise(
  tx: Tx,
  exerciseId: string,
  userId: string,
): Promise<AskedExercise | null> {
  const [row] = await tx.$queryRawUnsafe<AskedExercise[]>(
    `SELECT e.exercise_id::text AS "exerciseId", e.lesson_id::text AS "lessonId", v.course_id::text AS "courseId",
       v.id::text AS "versionId", a.id::text AS "attemptId", v.language, v.for_language AS "forLanguage", v.level,
       e.content AS exercise
     FROM version_exercises e
     JOIN course_versions v ON v.id = e.version_id
     JOIN courses c ON c.id = v.course_id AND c.published_version_id IS NOT NULL
     LEFT JOIN lesson_attempts a ON a.user_id = $2::uuid AND a.lesson_id = e.lesson_id AND a.completed_at IS NULL
     WHERE e.exercise_id = $1::uuid AND e.version_id = coalesce(a.version_id, c.published_version_id)`,
    exerciseId,
    userId,
  );
  return row ?? null;
}

/** Serialises the answers of one learner to one exercise, so that XP is earned only once. */
export async function lockExercise(tx: Tx, userId: string, exerciseId: string): Promise<void> {
  await tx.$queryRawUnsafe(
    'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text',
    `answer:${userId}:${exerciseId}`,
  );
}

export async function findCorrectBefore(tx: Tx, userId: string, exerciseId: string): Promise<Before> {
  const [row] = await tx.$queryRawUnsafe<Before[]>(
    `SELECT EXISTS (SELECT FROM answers WHERE user_id = $1::uuid AND exercise_id = $2::uuid AND correct) AS "everDone",
       EXISTS (SELECT FROM answers WHERE user_id = $1::uuid AND exercise_id = $2::uuid AND correct
         AND answered_at >= date_trunc('day', now(), 'UTC')) AS "doneToday"`,
    userId,
    exerciseId,
  );
  return row ?? { everDone: false, doneToday: false };
}

export interface NewAnswer {
  id: string;
  userId: string;
  courseId: string;
  lessonId: string;
  exerciseId: string;
  versionId: string;
  attemptId: string | null;
  kind: string;
  answer: Answer;
  correct: boolean | null;
  score: number | null;
  xp: number;
  answeredAt: Date;
}

export async function insertAnswer(tx: Tx, answer: NewAnswer): Promise<void> {
  await tx.answer.create({ data: answer });
}
