import type { SqlTransaction } from '@lms/postgres';
import { lockTimeZones, notErased } from '../learners/learners-store.ts';
import { type Contribution, rowsOf } from './learning.ts';

/**
 * Adds contributions to the projections, in the transaction that records their events as handled. Learners
 * who were erased are left out, because their last events may arrive after the erasure. Uses one statement for
 * any number of contributions.
 */
export async function addProgress(tx: SqlTransaction, contributions: readonly Contribution[]): Promise<void> {
  const timeZones = await lockTimeZones(tx, [...new Set(contributions.map(({ userId }) => userId))].sort());
  const rows = rowsOf(
    contributions.filter(({ userId }) => timeZones.has(userId)),
    (userId) => timeZones.get(userId) ?? 'UTC',
  );
  if (rows.length > 0) await tx.$executeRawUnsafe(addRows, JSON.stringify(rows));
}

const sums = `sum(xp)::int AS xp, sum(answers)::int AS answers, sum(graded_answers)::int AS graded_answers,
  sum(correct_answers)::int AS correct_answers, sum(completions)::int AS completions`;
const addSums = (...columns: string[]) =>
  columns.map((column) => `${column} = p.${column} + EXCLUDED.${column}`).join(', ');

/** The order is free, because rows of a learner are only changed under the locks of `lockTimeZones`. */
const addRows = `WITH t AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS t(user_id uuid, course_id uuid, lesson_id uuid, day date, week date,
    xp int, answers int, graded_answers int, correct_answers int, completions int, at timestamptz, as_of timestamptz)),
course AS (
  INSERT INTO course_progress AS p
    (user_id, course_id, xp, answers, graded_answers, correct_answers, last_activity_at)
  SELECT user_id, course_id, xp, answers, graded_answers, correct_answers, at
  FROM (SELECT user_id, course_id, ${sums}, max(at) AS at FROM t GROUP BY user_id, course_id) s
  ON CONFLICT (user_id, course_id) DO UPDATE SET ${addSums('xp', 'answers', 'graded_answers', 'correct_answers')},
    last_activity_at = greatest(p.last_activity_at, EXCLUDED.last_activity_at)),
lesson AS (
  INSERT INTO lesson_progress AS p (user_id, lesson_id, course_id, xp, answers, graded_answers, correct_answers,
    completions, first_completed_at, last_activity_at)
  SELECT user_id, lesson_id, course_id, xp, answers, graded_answers, correct_answers, completions, done_at, at
  FROM (SELECT user_id, lesson_id, (array_agg(course_id))[1] AS course_id, ${sums},
      min(at) FILTER (WHERE completions > 0) AS done_at, max(at) AS at
    FROM t GROUP BY user_id, lesson_id) s
  ON CONFLICT (user_id, lesson_id) DO UPDATE SET
    ${addSums('xp', 'answers', 'graded_answers', 'correct_answers', 'completions')},
    first_completed_at = least(p.first_completed_at, EXCLUDED.first_completed_at),
    last_activity_at = greatest(p.last_activity_at, EXCLUDED.last_activity_at)),
day AS (
  INSERT INTO daily_activity AS p (user_id, day, xp, answers, lessons)
  SELECT user_id, day, xp, answers, completions FROM (SELECT user_id, day, ${sums} FROM t GROUP BY user_id, day) s
  ON CONFLICT (user_id, day) DO UPDATE SET ${addSums('xp', 'answers', 'lessons')}),
week AS (
  INSERT INTO weekly_xp AS p (week, user_id, xp)
  SELECT week, user_id, sum(xp)::int FROM t GROUP BY week, user_id HAVING sum(xp) > 0
  ON CONFLICT (week, user_id) DO UPDATE SET ${addSums('xp')})
INSERT INTO learner_progress AS p (user_id, xp, as_of)
SELECT user_id, sum(xp)::int, max(as_of) FROM t GROUP BY user_id
ON CONFLICT (user_id) DO UPDATE SET ${addSums('xp')}, as_of = greatest(p.as_of, EXCLUDED.as_of)`;

export interface CourseProgressRow {
  courseId: string;
  title: Record<string, string>;
  language: string;
  lessonsDone: number;
  lessonsTotal: number;
  xp: number;
  answers: number;
  gradedAnswers: number;
  correctAnswers: number;
  enrolledAt: Date;
  lastActivityAt: Date | null;
}

/**
 * Progress in the published courses a learner is enrolled in, oldest enrolment first. Lessons count when
 * the published version has them.
 */
export function listCourseProgress(
  tx: SqlTransaction,
  query: { userId: string; after: { enrolledAt: string; courseId: string } | undefined; limit: number },
): Promise<CourseProgressRow[]> {
  return tx.$queryRawUnsafe<CourseProgressRow[]>(
    `SELECT e.course_id::text AS "courseId", v.title, v.language, v.lesson_count AS "lessonsTotal",
       (SELECT count(*)::int FROM lesson_progress lp JOIN version_lessons vl
          ON vl.version_id = v.id AND vl.lesson_id = lp.lesson_id
        WHERE lp.user_id = e.user_id AND lp.course_id = e.course_id AND lp.first_completed_at IS NOT NULL) AS "lessonsDone",
       coalesce(p.xp, 0) AS xp, coalesce(p.answers, 0) AS answers, coalesce(p.graded_answers, 0) AS "gradedAnswers",
       coalesce(p.correct_answers, 0) AS "correctAnswers", e.enrolled_at AS "enrolledAt",
       p.last_activity_at AS "lastActivityAt"
     FROM enrollments e
     JOIN courses c ON c.id = e.course_id
     JOIN course_versions v ON v.id = c.published_version_id
     LEFT JOIN course_progress p ON p.user_id = e.user_id AND p.course_id = e.course_id
     WHERE e.user_id = $1::uuid AND ${notErased}
       AND ($2::timestamptz IS NULL OR (e.enrolled_at, e.course_id) > ($2::timestamptz, $3::uuid))
     ORDER BY e.enrolled_at, e.course_id LIMIT $4::int`,
    query.userId,
    query.after?.enrolledAt ?? null,
    query.after?.courseId ?? null,
    query.limit,
  );
}

/** A learner's total XP and the time up to which it is current; null before the first event. */
export async function findLearnerProgress(
  tx: SqlTransaction,
  userId: string,
): Promise<{ xp: number; asOf: Date } | null> {
  const [learner] = await tx.$queryRawUnsafe<{ xp: number; asOf: Date }[]>(
    'SELECT xp, as_of AS "asOf" FROM learner_progress WHERE user_id = $1::uuid',
    userId,
  );
  return learner ?? null;
}

export interface LessonProgressRow {
  lessonId: string;
  completed: boolean;
  xp: number;
  answers: number;
  correctAnswers: number;
}

/** Progress of a learner in the lessons of one course; a course has at most 1,000. */
export function findLessonProgress(
  tx: SqlTransaction,
  userId: string,
  courseId: string,
): Promise<LessonProgressRow[]> {
  return tx.$queryRawUnsafe<LessonProgressRow[]>(
    `SELECT lesson_id::text AS "lessonId", first_completed_at IS NOT NULL AS completed, xp, answers,
       correct_answers AS "correctAnswers"
     FROM lesson_progress WHERE user_id = $1::uuid AND course_id = $2::uuid AND ${notErased}`,
    userId,
    courseId,
  );
}

/** Runs of days with activity: the run that ends today or yesterday, and the longest ever. */
export async function findStreak(
  tx: SqlTransaction,
  userId: string,
  today: string,
): Promise<{ currentDays: number; longestDays: number; todayDone: boolean }> {
  const [row] = await tx.$queryRawUnsafe<{ currentDays: number; longestDays: number; todayDone: boolean }[]>(
    `WITH days AS (
       SELECT day, day - (row_number() OVER (ORDER BY day))::int AS run
       FROM daily_activity WHERE user_id = $1::uuid AND (answers > 0 OR lessons > 0) AND ${notErased}),
     runs AS (SELECT count(*)::int AS length, max(day) AS last_day FROM days GROUP BY run)
     SELECT coalesce(max(length), 0)::int AS "longestDays",
       coalesce(max(length) FILTER (WHERE last_day >= $2::date - 1), 0)::int AS "currentDays",
       coalesce(bool_or(last_day >= $2::date), false) AS "todayDone" FROM runs`,
    userId,
    today,
  );
  return row ?? { currentDays: 0, longestDays: 0, todayDone: false };
}
