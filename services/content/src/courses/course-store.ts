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
  return list(sql, query, {
    draft: false,
    facts: `v.slug, v.language, v.for_language AS "forLanguage", v.level, v.title, v.description,
      v.lesson_count AS lessons, v.version, v.published_at AS "updatedAt"`,
    from: 'JOIN course_versions v ON v.id = c.published_version_id',
  });
}

/** The drafts of all courses, for editors, in the same order. */
export function listDrafts(sql: SqlTransaction, query: CourseQuery): Promise<CourseFacts[]> {
  return list(sql, query, {
    draft: true,
    facts: `c.slug, c.language, c.for_language AS "forLanguage", c.level, c.title, c.description,
      (SELECT count(*)::int FROM lessons l WHERE l.course_id = c.id) AS lessons, v.version,
      c.updated_at AS "updatedAt"`,
    from: 'LEFT JOIN course_versions v ON v.id = c.published_version_id',
  });
}

/** The page is found first, in narrow tables, and then the facts of its courses. */
function list(
  sql: SqlTransaction,
  { language, forLanguage, level, words, after, limit }: CourseQuery,
  { draft, facts, from }: { draft: boolean; facts: string; from: string },
): Promise<CourseFacts[]> {
  const statement = (page: string) =>
    `SELECT c.id::text, ${facts}
     FROM (${page} ORDER BY course_id LIMIT $5::int) page JOIN courses c ON c.id = page.course_id ${from}
     ORDER BY c.id`;
  const filters = [language ?? '', forLanguage ?? '', level ?? '', after ?? lowestId, limit, draft];
  if (words.length === 0) return sql.$queryRawUnsafe<CourseFacts[]>(statement(withFilters), ...filters);
  const patterns = words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  return sql.$queryRawUnsafe<CourseFacts[]>(
    statement(withWords),
    ...filters,
    [...new Set(words.flatMap(gramsOf))],
    patterns,
  );
}

/** Lower than the id of any course. */
const lowestId = '00000000-0000-0000-0000-000000000000';

const withFilters = `SELECT course_id FROM course_listing_keys
  WHERE draft = $6::boolean AND language = lower($1) AND for_language = lower($2) AND level = $3
    AND course_id > $4::uuid`;

/** The same as `tag_prefixes` in the table of filters: `en` also matches `en-GB`. */
function matches(column: string, value: string): string {
  return `(${value} = '' OR lower(${column}) = lower(${value}) OR starts_with(lower(${column}), lower(${value}) || '-'))`;
}

/** The index finds the texts that have all pieces of the words; the words are then looked for in these. */
const withWords = `SELECT course_id FROM course_listings
  WHERE draft = $6::boolean AND search_grams(search_text) @> $7::text[] AND search_text LIKE ALL ($8::text[])
    AND ${matches('language', '$1')} AND ${matches('for_language', '$2')} AND ($3 = '' OR level = $3) AND course_id > $4::uuid`;

/** More pieces of a word find hardly fewer texts. */
const maxGrams = 5;

/** Pieces of a word as `search_grams` makes them: of three letters, spread over the word, or the whole of a short one. */
function gramsOf(word: string): string[] {
  const letters = [...word];
  const last = letters.length - 3;
  if (last <= 0) return [word];
  const count = Math.min(maxGrams, last + 1);
  return Array.from({ length: count }, (_, number) => {
    const start = Math.round((number * last) / (count - 1));
    return letters.slice(start, start + 3).join('');
  });
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
