import { defineRoute, pageQuery, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { languageTag, localeQuery, wantedLanguages } from '../localised-texts/localised-text.ts';
import { courseOutline, getCourse } from './get-course.ts';
import { courseList, listCourses } from './list-courses.ts';

export const courseParams = z.object({ courseId: z.uuid() });

/** Query of reads that editors may also make of the draft. */
export const draftQuery = z.object({
  draft: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Editors only: the draft instead of what is published'),
});

/** What is shared may be kept by the client, and asked again each time: answered 304 while it is the same. */
export const sharedHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'Accept-Language, Authorization, Origin',
};

export const courseRoutes = [
  defineRoute({
    method: 'get',
    path: '/courses',
    summary: 'Courses to learn: by language, level and words of their title or description',
    tag: 'Courses',
    auth: 'user',
    input: {
      query: pageQuery.extend({
        ...localeQuery.shape,
        ...draftQuery.shape,
        language: languageTag.optional().describe('That is learned'),
        forLanguage: languageTag.optional().describe('That is learned from'),
        level: z.enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2']).optional(),
        q: z.string().max(100).optional().describe('Words; case and accents do not matter'),
      }),
    },
    output: { status: 200, body: courseList },
    errors: ['invalid_cursor', 'not_found'],
    handler: async ({ query, caller, acceptLanguages }, deps: Pick<Deps, 'prisma'>) =>
      new Reply(
        await listCourses({ query, caller, languages: wantedLanguages({ query, acceptLanguages }) }, deps),
        { headers: sharedHeaders },
      ),
  }),
  defineRoute({
    method: 'get',
    path: '/courses/{courseId}',
    summary: 'A course with its units and lessons',
    tag: 'Courses',
    auth: 'user',
    input: { params: courseParams, query: localeQuery.extend(draftQuery.shape) },
    output: { status: 200, body: courseOutline },
    errors: ['not_found'],
    handler: async (
      { params, query, caller, acceptLanguages },
      deps: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
    ) =>
      new Reply(
        await getCourse(
          { ...params, draft: query.draft, caller, languages: wantedLanguages({ query, acceptLanguages }) },
          deps,
        ),
        { headers: sharedHeaders },
      ),
  }),
];
