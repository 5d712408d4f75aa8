import { notFound } from '@lms/errors';
import { decodeCursor, defineRoute, pageOf, pageQuery, Reply, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import {
  languageTag,
  localeQuery,
  pickText,
  searchable,
  wantedLanguages,
} from '../localised-texts/localised-text.ts';
import { draftQuery, mayEdit, sharedHeaders } from './course-requests.ts';
import { listDrafts, listPublishedCourses } from './course-store.ts';

const listedCourse = z.object({
  id: z.uuid(),
  slug: z.string(),
  language: z.string(),
  forLanguage: z.string(),
  level: z.string().nullable(),
  title: z.string(),
  description: z.string(),
  lessons: z.int(),
  version: z.int().nullable().describe('Null if the course is not published'),
  updatedAt: z.iso.datetime(),
});

const cursorShape = z.object({ id: z.uuid() });
/** Maximum number of search words; more words do not improve the result. */
const maxWords = 6;

/** The oldest course comes first. */
export const listCourses = defineRoute({
  method: 'get',
  path: '/courses',
  summary: 'List published courses by language, level and words in their title or description',
  tag: 'Courses',
  auth: 'user',
  input: {
    query: pageQuery.extend({
      ...localeQuery.shape,
      ...draftQuery.shape,
      language: languageTag.optional().describe('The language being learned'),
      forLanguage: languageTag.optional().describe('The language that the course is taught in'),
      level: z.enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2']).optional(),
      q: z.string().max(100).optional().describe('Words to search for, ignoring case and accents'),
    }),
  },
  output: { status: 200, body: pageOf(listedCourse) },
  errors: ['invalid_cursor', 'not_found'],
  async handler({ query, caller, acceptLanguages }, { prisma }: Pick<Deps, 'prisma'>) {
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
    const languages = wantedLanguages({ query, acceptLanguages });
    const items = page.items.map(({ updatedAt, ...course }) => {
      const wanted = [...languages, course.forLanguage];
      return {
        ...course,
        title: pickText(course.title, wanted),
        description: pickText(course.description, wanted),
        updatedAt: updatedAt.toISOString(),
      };
    });
    return new Reply({ nextCursor: page.nextCursor, items }, { headers: sharedHeaders });
  },
});
