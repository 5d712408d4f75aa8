import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { LocalisedText } from '../localised-texts/localised-text.ts';
import type { PlaceQuestion, PublishedPlace } from '../shared-reads/published-reads.ts';
import type { LicenseDraft } from './course-draft.ts';
import { knownMediaJson, placeParameters, questionRows } from './course-media-store.ts';
import type { OutlineUnit } from './version-content.ts';

export interface CourseFacts {
  id: string;
  slug: string;
  language: string;
  forLanguage: string;
  level: string | null;
  title: LocalisedText;
  description: LocalisedText;
  lessons: number;
  /** Null if the course was never published or was unpublished. */
  version: number | null;
  updatedAt: Date;
}

export interface CourseQuery {
  language: string | undefined;
  forLanguage: string | undefined;
  level: string | undefined;
  /** Words in lower case without accents; a course must contain all of them. */
  words: string[];
  after: string | undefined;
  limit: number;
}

/** Published courses in order of their ids, the oldest first. */
export function listPublishedCourses(sql: SqlTransaction, query: CourseQuery): Promise<CourseFacts[]> {
  return sql.$queryRawUnsafe<CourseFacts[]>(
    `SELECT c.id::text, v.slug, v.language, v.for_language AS "forLanguage", v.level, v.title, v.description,
       v.lesson_count AS lessons, v.version, v.published_at AS "updatedAt"
     FROM courses c JOIN course_versions v ON v.id = c.published_version_id
     WHERE c.published_version_id IS NOT NULL ${filters('v')}
     ORDER BY c.id LIMIT $6::int`,
    ...valuesOf(query),
  );
}

/** The drafts of all courses, for editors, in the same order. */
export function listDrafts(tx: Tx, query: CourseQuery): Promise<CourseFacts[]> {
  return tx.$queryRawUnsafe<CourseFacts[]>(
    `SELECT c.id::text, c.slug, c.language, c.for_language AS "forLanguage", c.level, c.title, c.description,
       (SELECT count(*)::int FROM lessons l WHERE l.course_id = c.id) AS lessons, v.version,
       c.updated_at AS "updatedAt"
     FROM courses c LEFT JOIN course_versions v ON v.id = c.published_version_id
     WHERE true ${filters('c')}
     ORDER BY c.id LIMIT $6::int`,
    ...valuesOf(query),
  );
}

/** `en` also matches `en-GB`. */
function filters(table: 'v' | 'c'): string {
  const matches = (column: string, value: string) =>
    `(${value}::text IS NULL OR lower(${table}.${column}) = lower(${value})
      OR starts_with(lower(${table}.${column}), lower(${value}) || '-'))`;
  return `AND ${matches('language', '$1')} AND ${matches('for_language', '$2')}
    AND (SELECT coalesce(bool_and(${table}.search_text LIKE word), true) FROM unnest($4::text[]) AS word)
    AND ($3::text IS NULL OR ${table}.level = $3) AND ($5::uuid IS NULL OR c.id > $5::uuid)`;
}

function valuesOf({ language, forLanguage, level, words, after, limit }: CourseQuery): unknown[] {
  const patterns = words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  return [language ?? null, forLanguage ?? null, level ?? null, patterns, after ?? null, limit];
}

/** A course without its lessons' content, from a version or from the draft. */
export interface CourseContent extends Omit<CourseFacts, 'lessons' | 'version' | 'updatedAt'> {
  license: LicenseDraft | null;
  attribution: string | null;
  specialCharacters: string[] | null;
  outline: OutlineUnit[];
}

export interface VersionCourse extends CourseContent {
  versionId: string;
  version: number;
}

/** The course as it is stored in a version, which never changes; null if there is no such version. */
export async function findVersionCourse(
  sql: SqlTransaction,
  versionId: string,
): Promise<VersionCourse | null> {
  const [course] = await sql.$queryRawUnsafe<VersionCourse[]>(
    `SELECT v.course_id::text AS id, v.id::text AS "versionId", v.version, v.slug, v.language,
       v.for_language AS "forLanguage", v.level, v.title, v.description, v.license, v.attribution,
       v.special_characters AS "specialCharacters", v.outline
     FROM course_versions v WHERE v.id = $1::uuid`,
    versionId,
  );
  return course ?? null;
}

/** The versions of courses that learners read now; without those that are not published. */
export function findPublishedVersions(
  sql: SqlTransaction,
  questions: readonly PlaceQuestion[],
): Promise<PublishedPlace[]> {
  return sql.$queryRawUnsafe<PublishedPlace[]>(findVersionsStatement, ...placeParameters(questions));
}

const findVersionsStatement = `SELECT c.id::text, c.published_version_id::text AS "versionId",
    false AS "hasOtherVersions", ${knownMediaJson}
  FROM ${questionRows} JOIN courses c ON c.id = q.id WHERE c.published_version_id IS NOT NULL`;

/** True if the course exists, published or not. */
export async function courseExists(tx: Tx, courseId: string): Promise<boolean> {
  return (await tx.course.count({ where: { id: courseId } })) > 0;
}

/** True if learners can see the course. */
export async function isPublished(sql: SqlTransaction, courseId: string): Promise<boolean> {
  const rows = await sql.$queryRawUnsafe<object[]>(
    'SELECT 1 AS found FROM courses WHERE id = $1::uuid AND published_version_id IS NOT NULL',
    courseId,
  );
  return rows.length > 0;
}
