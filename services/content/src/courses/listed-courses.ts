import { createHash } from 'node:crypto';
import { toPage } from '@lms/http';
import type { SqlTransaction } from '@lms/postgres';
import { type KnownLanguages, knownLanguages } from '../localised-texts/relevant-languages.ts';
import { type CourseFacts, type CourseQuery, listPublishedCourses } from './course-store.ts';

/** A page of courses in all their languages. */
export interface ListedCourses {
  items: CourseFacts[];
  nextCursor: string | null;
  languages: KnownLanguages;
  /** The same for the same page. */
  stamp: string;
  /** Length of the page as JSON. */
  sizeBytes: number;
}

/** Reads a page of published courses; `limit` is the number of courses on it. */
export async function readListedCourses(sql: SqlTransaction, query: CourseQuery): Promise<ListedCourses> {
  return toListedCourses(await listPublishedCourses(sql, { ...query, limit: query.limit + 1 }), query.limit);
}

/** Makes a page from one course more than it has, if there are more. */
export function toListedCourses(rows: CourseFacts[], limit: number): ListedCourses {
  const page = toPage(rows, limit, ({ id }) => ({ id }));
  const json = JSON.stringify(page);
  return {
    ...page,
    languages: knownLanguages(page.items.flatMap(({ title, description }) => [title, description])),
    stamp: createHash('sha1').update(json).digest('base64'),
    sizeBytes: json.length,
  };
}
