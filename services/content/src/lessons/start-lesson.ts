import { notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { enroll } from '../enrollments/enrollment-store.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { openAttempt } from './attempt-store.ts';
import { lessonParams } from './lesson-params.ts';
import { findPublishedLesson } from './lesson-store.ts';

/** Starts an attempt or continues the open one, and enrols the learner in the lesson's course. */
export const startLesson = defineRoute({
  method: 'post',
  path: '/lessons/{lessonId}/start',
  summary: 'Start or continue a lesson; safe to repeat',
  tag: 'Lessons',
  auth: 'user',
  input: { params: lessonParams },
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
  handler: ({ params: { lessonId }, caller: { userId } }, { prisma }: Pick<Deps, 'prisma'>) =>
    prisma.$transaction(async (tx) => {
      await admitLearner(tx, userId);
      const lesson = await findPublishedLesson(tx, lessonId);
      if (!lesson) throw notFound('The lesson');
      const { courseId } = lesson;
      const { attempt, isNew } = await openAttempt(tx, { userId, lessonId, ...lesson });
      await enroll(tx, userId, courseId);
      const body = {
        attemptId: attempt.id,
        lessonId,
        courseId,
        startedAt: attempt.startedAt.toISOString(),
      };
      if (isNew) await appendEvent(tx, { type: 'lesson.started', data: { ...body, userId } });
      return new Reply(body, { status: isNew ? 201 : 200 });
    }),
});
