import type { SqlTransaction } from '@lms/postgres';
import { knownMediaJson, placeParameters, questionRows } from '../courses/course-media-store.ts';
import type { LessonDocument } from '../courses/version-content.ts';
import type { Tx } from '../deps.ts';
import type { Exercise } from '../exercises/exercise-kinds.ts';
import type { PlaceQuestion, PublishedPlace } from '../shared-reads/published-reads.ts';

/** A lesson without its exercises, from a version or from the draft. */
export interface LessonContent {
  lessonId: string;
  unitId: string;
  courseId: string;
  language: string;
  forLanguage: string;
  document: LessonDocument;
}

/** A lesson of a version with its exercises, in order; at most `courseLimits.exercisesPerLesson`. Never changes. */
export interface VersionLesson extends LessonContent {
  versionId: string;
  version: number;
  level: string | null;
  exercises: { id: string; exercise: Exercise }[];
}

/** A lesson as it is stored in a version; null if the version does not have it. */
export async function findVersionLesson(
  sql: SqlTransaction,
  versionId: string,
  lessonId: string,
): Promise<VersionLesson | null> {
  // The columns hold values that their schemas validated before they were written.
  const [lesson] = await sql.$queryRawUnsafe<VersionLesson[]>(
    `SELECT vl.lesson_id::text AS "lessonId", vl.unit_id::text AS "unitId", v.course_id::text AS "courseId",
       v.id::text AS "versionId", v.version, v.language, v.for_language AS "forLanguage", v.level, vl.document,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.exercise_id, 'exercise', e.content) ORDER BY e.position), '[]')
        FROM version_exercises e WHERE e.version_id = vl.version_id AND e.lesson_id = vl.lesson_id) AS exercises
     FROM version_lessons vl JOIN course_versions v ON v.id = vl.version_id
     WHERE vl.version_id = $1::uuid AND vl.lesson_id = $2::uuid`,
    versionId,
    lessonId,
  );
  return lesson ?? null;
}

/**
 * Where learners read lessons now; without those whose course is not published. Reads by key only, so its cost depends
 * neither on the number of versions nor on the number of attempts.
 */
export function findPublishedPlaces(
  sql: SqlTransaction,
  questions: readonly PlaceQuestion[],
): Promise<PublishedPlace[]> {
  return sql.$queryRawUnsafe<PublishedPlace[]>(findPlacesStatement, ...placeParameters(questions));
}

const openAttempt = (comparison: '<' | '>') =>
  `EXISTS (SELECT FROM lesson_attempts a WHERE a.lesson_id = i.id AND a.completed_at IS NULL
     AND a.version_id ${comparison} c.published_version_id)`;

const findPlacesStatement = `SELECT i.id::text, c.published_version_id::text AS "versionId",
    ${openAttempt('<')} OR ${openAttempt('>')} AS "hasOtherVersions", ${knownMediaJson}
  FROM ${questionRows} JOIN content_ids i ON i.id = q.id AND i.kind = 'lesson' JOIN courses c ON c.id = i.course_id
  WHERE c.published_version_id IS NOT NULL`;

/** The version of the learner's open attempt at a lesson; null if there is none. */
export async function findOpenVersion(
  sql: SqlTransaction,
  userId: string,
  lessonId: string,
): Promise<string | null> {
  const [attempt] = await sql.$queryRawUnsafe<{ versionId: string }[]>(
    `SELECT version_id::text AS "versionId" FROM lesson_attempts
     WHERE user_id = $1::uuid AND lesson_id = $2::uuid AND completed_at IS NULL`,
    userId,
    lessonId,
  );
  return attempt?.versionId ?? null;
}

/**
 * The course of a lesson as the learner sees it: in the version of the open attempt, otherwise in the published
 * version. Null if learners cannot see it.
 */
export async function findCourseOfLesson(
  sql: SqlTransaction,
  lessonId: string,
  userId: string,
): Promise<string | null> {
  const [lesson] = await sql.$queryRawUnsafe<{ courseId: string }[]>(
    `SELECT c.id::text AS "courseId"
     FROM content_ids i
     JOIN courses c ON c.id = i.course_id AND c.published_version_id IS NOT NULL
     LEFT JOIN lesson_attempts a ON a.user_id = $2::uuid AND a.lesson_id = i.id AND a.completed_at IS NULL
     JOIN version_lessons vl ON vl.version_id = coalesce(a.version_id, c.published_version_id) AND vl.lesson_id = i.id
     WHERE i.id = $1::uuid AND i.kind = 'lesson'`,
    lessonId,
    userId,
  );
  return lesson?.courseId ?? null;
}

/** The course whose draft has the lesson; null if there is none. */
export async function findCourseIdOfLesson(tx: Tx, lessonId: string): Promise<string | null> {
  const lesson = await tx.lesson.findUnique({ where: { id: lessonId }, select: { courseId: true } });
  return lesson?.courseId ?? null;
}

/** The lesson's place in the published version; null if it is not in it. */
export async function findPublishedLesson(
  sql: SqlTransaction,
  lessonId: string,
): Promise<{ courseId: string; versionId: string } | null> {
  const [lesson] = await sql.$queryRawUnsafe<{ courseId: string; versionId: string }[]>(
    `SELECT c.id::text AS "courseId", vl.version_id::text AS "versionId"
     FROM content_ids i JOIN courses c ON c.id = i.course_id
     JOIN version_lessons vl ON vl.version_id = c.published_version_id AND vl.lesson_id = i.id
     WHERE i.id = $1::uuid AND i.kind = 'lesson'`,
    lessonId,
  );
  return lesson ?? null;
}
