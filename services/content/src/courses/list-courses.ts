import { notFound } from '@lms/errors';
import { type Caller, decodeCursor, pageOf, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { pickText, searchable } from '../localised-texts/localised-text.ts';
import { listDrafts, listPublishedCourses } from './course-store.ts';
import { mayEdit } from './get-course.ts';

export const listedCourse = z.object({
  id: z.uuid(),
  slug: z.string(),
  language: z.string(),
  forLanguage: z.string(),
  level: z.string().nullable(),
  title: z.string(),
  description: z.string(),
  lessons: z.int(),
  version: z.int().nullable().describe('Null: learners do not see it'),
  updatedAt: z.iso.datetime(),
});
export const courseList = pageOf(listedCourse);

const cursorShape = z.object({ id: z.uuid() });
/** More words find nothing more. */
const maxWords = 6;

export interface ListCoursesInput {
  language?: string | undefined;
  forLanguage?: string | undefined;
  level?: string | undefined;
  q?: string | undefined;
  draft: boolean;
  limit: number;
  cursor?: string | undefined;
}

/** Courses that the caller may see, the oldest first. */
export async function listCourses(
  { query, caller, languages }: { query: ListCoursesInput; caller: Caller; languages: string[] },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<z.output<typeof courseList>> {
  const { draft, limit, cursor, q = '', language, forLanguage, level } = query;
  if (draft && !mayEdit(caller)) throw notFound('The list of drafts');
  const list = draft ? listDrafts : listPublishedCourses;
  const rows = await list(prisma, {
    language,
    forLanguage,
    level,
    words: searchable(q).split(' ').filter(Boolean).slice(0, maxWords),
    after: cursor ? decodeCursor(cursor, cursorShape).id : undefined,
    limit: limit + 1,
  });
  const page = toPage(rows, limit, ({ id }) => ({ id }));
  return {
    nextCursor: page.nextCursor,
    items: page.items.map(({ updatedAt, ...course }) => {
      const wanted = [...languages, course.forLanguage];
      return {
        ...course,
        title: pickText(course.title, wanted),
        description: pickText(course.description, wanted),
        updatedAt: updatedAt.toISOString(),
      };
    }),
  };
}
