import { notFound } from '@lms/errors';
import { decodeCursor, defineRoute, pageOf, pageQuery, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import {
  languageTag,
  localeQuery,
  pickText,
  searchable,
  wantedLanguages,
} from '../localised-texts/localised-text.ts';
import { relevantLanguages } from '../localised-texts/relevant-languages.ts';
import { draftQuery, mayEdit, sharedHeaders } from './course-requests.ts';
import { type CourseQuery, listDrafts } from './course-store.ts';
import { type ListedCourses, toListedCourses } from './listed-courses.ts';

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

const listView = pageOf(listedCourse);

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
  output: { status: 200, body: listView },
  errors: ['invalid_cursor', 'not_found'],
  async handler({ query, caller, acceptLanguages }, deps: Pick<Deps, 'prisma' | 'shared'>) {
    const { draft, limit, cursor, q = '', language, forLanguage, level } = query;
    if (draft && !mayEdit(caller)) throw notFound('The list of drafts');
    const words = searchable(q).split(' ').filter(Boolean).slice(0, maxWords);
    // In one spelling, because the filters ignore case and the order of words.
    const courses: CourseQuery = {
      language: language?.toLowerCase(),
      forLanguage: forLanguage?.toLowerCase(),
      level,
      words: [...new Set(words)].sort(),
      after: cursor ? decodeCursor(cursor, cursorShape).id : undefined,
      limit,
    };
    const languages = wantedLanguages({ query, acceptLanguages });
    const body = draft
      ? await viewDrafts(courses, languages, deps)
      : await viewPublished(courses, languages, deps);
    return new Reply(body, { headers: sharedHeaders });
  },
});

async function viewPublished(query: CourseQuery, languages: string[], { shared }: Pick<Deps, 'shared'>) {
  const page = await shared.courseLists.get(JSON.stringify(query));
  const relevant = relevantLanguages(page.languages, languages);
  return shared.bodies.get(`courses/${page.stamp}/${relevant}`, listView, () => toView(page, relevant));
}

async function viewDrafts(query: CourseQuery, languages: string[], { prisma }: Pick<Deps, 'prisma'>) {
  const rows = await listDrafts(prisma, { ...query, limit: query.limit + 1 });
  return toView(toListedCourses(rows, query.limit), languages);
}

function toView({ items, nextCursor }: ListedCourses, languages: string[]): z.output<typeof listView> {
  return {
    nextCursor,
    items: items.map(({ updatedAt, ...course }) => {
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
