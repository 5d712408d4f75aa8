import type { SqlTransaction } from '@lms/postgres';
import { type Answer, findWork, type SubmittedKind } from '../exercises/exercise-kinds.ts';
import { notErased } from '../learners/learners-store.ts';

export interface NewSubmission {
  id: string;
  answerId: string;
  userId: string;
  courseId: string;
  lessonId: string;
  exerciseId: string;
  kind: SubmittedKind;
  assetId: string | null;
  createdAt: Date;
}

export async function insertSubmission(tx: SqlTransaction, submission: NewSubmission): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO submissions (id, answer_id, user_id, course_id, lesson_id, exercise_id, kind, asset_id, created_at)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7, $8::uuid, $9::timestamptz)`,
    submission.id,
    submission.answerId,
    submission.userId,
    submission.courseId,
    submission.lessonId,
    submission.exerciseId,
    submission.kind,
    submission.assetId,
    submission.createdAt.toISOString(),
  );
}

export interface Submission extends NewSubmission {
  status: 'pending' | 'graded' | 'unavailable' | 'failed';
  score: number | null;
  xp: number;
  feedback: Record<string, unknown> | null;
  provider: string | null;
  failureCode: string | null;
  gradedAt: Date | null;
  /** The learner's text, if the submission is written. */
  text: string | null;
}

const select = `SELECT s.id::text, s.answer_id::text AS "answerId", s.user_id::text AS "userId",
    s.course_id::text AS "courseId", s.lesson_id::text AS "lessonId", s.exercise_id::text AS "exerciseId", s.kind,
    s.status, s.asset_id::text AS "assetId", s.score, s.xp, s.feedback, s.provider, s.failure_code AS "failureCode",
    s.created_at AS "createdAt", s.graded_at AS "gradedAt", a.answer
  FROM submissions s JOIN answers a ON a.id = s.answer_id
  WHERE s.user_id = $1::uuid AND ${notErased}`;

type Row = Omit<Submission, 'text'> & { answer: Answer };

/** A learner's own submission; null if it does not exist or belongs to another user. */
export async function findSubmission(
  sql: SqlTransaction,
  id: string,
  userId: string,
): Promise<Submission | null> {
  const [row] = await sql.$queryRawUnsafe<Row[]>(`${select} AND s.id = $2::uuid`, userId, id);
  return row ? toSubmission(row) : null;
}

/** A page of the learner's own submissions, newest first. */
export async function listSubmissionsOf(
  sql: SqlTransaction,
  query: { userId: string; after: { createdAt: string; id: string } | undefined; limit: number },
): Promise<Submission[]> {
  const { userId, after, limit } = query;
  // Two statements, so that each has a plan of its own: a comparison of rows starts in the middle of the index.
  const page = 'ORDER BY s.created_at DESC, s.id DESC LIMIT $2::int';
  const rows = after
    ? await sql.$queryRawUnsafe<Row[]>(
        `${select} AND (s.created_at, s.id) < ($3::timestamptz, $4::uuid) ${page}`,
        userId,
        limit,
        after.createdAt,
        after.id,
      )
    : await sql.$queryRawUnsafe<Row[]>(`${select} ${page}`, userId, limit);
  return rows.map(toSubmission);
}

function toSubmission({ answer, ...row }: Row): Submission {
  return { ...row, text: findWork(answer)?.text ?? null };
}

export interface WaitingSubmission {
  id: string;
  answerId: string;
  userId: string;
  courseId: string;
  lessonId: string;
  exerciseId: string;
  createdAt: Date;
}

/** Locks an ungraded submission of the user; null if it is graded or was erased. */
export async function lockUngraded(
  tx: SqlTransaction,
  id: string,
  userId: string,
): Promise<WaitingSubmission | null> {
  const [row] = await tx.$queryRawUnsafe<WaitingSubmission[]>(
    `SELECT id::text, answer_id::text AS "answerId", user_id::text AS "userId", course_id::text AS "courseId",
       lesson_id::text AS "lessonId", exercise_id::text AS "exerciseId", created_at AS "createdAt"
     FROM submissions WHERE id = $1::uuid AND user_id = $2::uuid AND status <> 'graded' FOR UPDATE`,
    id,
    userId,
  );
  return row ?? null;
}

/** Total XP that the learner has earned with submissions to this exercise. */
export async function sumSubmissionXp(
  tx: SqlTransaction,
  userId: string,
  exerciseId: string,
): Promise<number> {
  const [row] = await tx.$queryRawUnsafe<{ xp: number }[]>(
    'SELECT coalesce(sum(xp), 0)::int AS xp FROM answers WHERE user_id = $1::uuid AND exercise_id = $2::uuid',
    userId,
    exerciseId,
  );
  return row?.xp ?? 0;
}

export async function saveGrade(
  sql: SqlTransaction,
  { id, answerId }: WaitingSubmission,
  grade: {
    score: number;
    correct: boolean;
    xp: number;
    feedback: Record<string, unknown>;
    provider: string;
    gradedAt: Date;
  },
): Promise<void> {
  const { correct, score, xp, feedback, provider, gradedAt } = grade;
  await sql.$executeRawUnsafe(
    `UPDATE submissions SET score = $2::float8, xp = $3::int, feedback = $4::jsonb, provider = $5,
       graded_at = $6::timestamptz, status = 'graded', failure_code = NULL WHERE id = $1::uuid`,
    id,
    score,
    xp,
    JSON.stringify(feedback),
    provider,
    gradedAt.toISOString(),
  );
  await sql.$executeRawUnsafe(
    'UPDATE answers SET correct = $2::boolean, score = $3::float8, xp = $4::int WHERE id = $1::uuid',
    answerId,
    correct,
    score,
    xp,
  );
}

export async function saveFailure(
  sql: SqlTransaction,
  { id }: WaitingSubmission,
  { status, failureCode }: { status: 'unavailable' | 'failed'; failureCode: string },
): Promise<void> {
  await sql.$executeRawUnsafe(
    'UPDATE submissions SET status = $2, failure_code = $3 WHERE id = $1::uuid',
    id,
    status,
    failureCode,
  );
}
