import type { LessonDocument } from '../courses/version-content.ts';
import type { Tx } from '../deps.ts';
import type { Exercise } from '../exercises/exercise-kinds.ts';

/** A lesson without its exercises, from a version or from the draft. */
export interface LessonContent {
  lessonId: string;
  unitId: string;
  courseId: string;
  language: string;
  forLanguage: string;
  document: LessonDocument;
}

export interface VersionLesson extends LessonContent {
  versionId: string;
  version: number;
}

/**
 * A lesson of a published course as the learner sees it: from the version of the open attempt, otherwise from
 * the published version. Null if learners cannot see it.
 */
export async function findLesson(tx: Tx, lessonId: string, userId: string): Promise<VersionLesson | null> {
  const [lesson] = await tx.$queryRawUnsafe<VersionLesson[]>(
    `SELECT vl.lesson_id::text AS "lessonId", vl.unit_id::text AS "unitId", v.course_id::text AS "courseId",
       v.id::text AS "versionId", v.version, v.language, v.for_language AS "forLanguage", vl.document
     FROM version_lessons vl
     JOIN course_versions v ON v.id = vl.version_id
     JOIN courses c ON c.id = v.course_id AND c.published_version_id IS NOT NULL
     LEFT JOIN lesson_attempts a ON a.user_id = $2::uuid AND a.lesson_id = vl.lesson_id AND a.completed_at IS NULL
     WHERE vl.lesson_id = $1::uuid AND vl.version_id = coalesce(a.version_id, c.published_version_id)`,
    lessonId,
    userId,
  );
  return lesson ?? null;
}

/** The course whose draft has the lesson; null if there is none. */
export async function findCourseIdOfLesson(tx: Tx, lessonId: string): Promise<string | null> {
  const lesson = await tx.lesson.findUnique({ where: { id: lessonId }, select: { courseId: true } });
  return lesson?.courseId ?? null;
}

/** The lesson's place in the published version; null if it is not in it. */
export async function findPublishedLesson(
  tx: Tx,
  lessonId: string,
): Promise<{ courseId: string; versionId: string } | null> {
  const [lesson] = await tx.$queryRawUnsafe<{ courseId: string; versionId: string }[]>(
    `SELECT c.id::text AS "courseId", vl.version_id::text AS "versionId"
     FROM version_lessons vl JOIN courses c ON c.published_version_id = vl.version_id
     WHERE vl.lesson_id = $1::uuid`,
    lessonId,
  );
  return lesson ?? null;
}

/** Exercises of a lesson in a version, in order; at most `courseLimits.exercisesPerLesson`. */
export async function listExercises(
  tx: Tx,
  versionId: string,
  lessonId: string,
): Promise<{ id: string; exercise: Exercise }[]> {
  const rows = await tx.versionExercise.findMany({
    where: { versionId, lessonId },
    orderBy: { position: 'asc' },
    select: { exerciseId: true, content: true },
  });
  // The column holds a value that the exercise's schema validated before it was written.
  return rows.map(({ exerciseId, content }) => ({
    id: exerciseId,
    exercise: content as unknown as Exercise,
  }));
}
