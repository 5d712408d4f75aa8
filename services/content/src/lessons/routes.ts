import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import { draftQuery, sharedHeaders } from '../courses/routes.ts';
import type { Deps } from '../deps.ts';
import { localeQuery, wantedLanguages } from '../localised-texts/localised-text.ts';
import { completeLesson } from './complete-lesson.ts';
import { getLesson, lessonView } from './get-lesson.ts';
import { startLesson } from './start-lesson.ts';

const params = z.object({ lessonId: z.uuid() });
const tag = 'Lessons';

export const lessonRoutes = [
  defineRoute({
    method: 'get',
    path: '/lessons/{lessonId}',
    summary: 'A lesson: notes, words and phrases, and exercises without their solutions',
    tag,
    auth: 'user',
    input: { params, query: localeQuery.extend(draftQuery.shape) },
    output: { status: 200, body: lessonView },
    errors: ['not_found'],
    handler: async (
      { params, query, caller, acceptLanguages },
      deps: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
    ) =>
      new Reply(
        await getLesson(
          { ...params, draft: query.draft, caller, languages: wantedLanguages({ query, acceptLanguages }) },
          deps,
        ),
        { headers: sharedHeaders },
      ),
  }),
  defineRoute({
    method: 'post',
    path: '/lessons/{lessonId}/start',
    summary: 'Begin a lesson, or go on with it; safe to repeat',
    tag,
    auth: 'user',
    input: { params },
    output: {
      status: 200,
      alsoStatus: [201],
      body: z.object({
        attemptId: z.uuid(),
        lessonId: z.uuid(),
        courseId: z.uuid(),
        startedAt: z.iso.datetime(),
      }),
    },
    errors: ['not_found'],
    handler: async ({ params: { lessonId }, caller: { userId } }, deps: Pick<Deps, 'prisma'>) => {
      const { isNew, ...attempt } = await startLesson({ lessonId, userId }, deps);
      return new Reply(attempt, { status: isNew ? 201 : 200 });
    },
  }),
  defineRoute({
    method: 'post',
    path: '/lessons/{lessonId}/complete',
    summary: 'End a lesson whose exercises were answered; safe to repeat',
    tag,
    auth: 'user',
    input: { params },
    output: {
      status: 200,
      body: z.object({
        attemptId: z.uuid(),
        lessonId: z.uuid(),
        exercises: z.int(),
        answered: z.int(),
        correct: z.int(),
        xp: z.int().describe('For completing it; each answer has brought its own'),
        completedAt: z.iso.datetime(),
      }),
    },
    errors: ['not_found', 'conflict'],
    handler: ({ params: { lessonId }, caller: { userId } }, deps: Pick<Deps, 'prisma'>) =>
      completeLesson({ lessonId, userId }, deps),
  }),
];
