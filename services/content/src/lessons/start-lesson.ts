import { notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import type { SqlTransaction } from '@lms/postgres';
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
  async handler({ params: { lessonId }, caller: { userId } }, { sql, shared }: Pick<Deps, 'sql' | 'shared'>) {
    const { versionId, reply } = await sql.transaction((tx) => start(tx, lessonId, userId));
    // What the learner reads next in this process is the version that the attempt uses.
    shared.lessons.sawVersion(lessonId, versionId);
    return reply;
  },
});

async function start(tx: SqlTransaction, lessonId: string, userId: string) {
  await admitLearner(tx, userId);
  const lesson = await findPublishedLesson(tx, lessonId);
  if (!lesson) throw notFound('The lesson');
  const { courseId, versionId } = lesson;
  const { attempt, isNew } = await openAttempt(tx, { userId, lessonId, ...lesson });
  await enroll(tx, userId, courseId);
  const body = { attemptId: attempt.id, lessonId, courseId, startedAt: attempt.startedAt.toISOString() };
  if (isNew) await appendEvent(tx, { type: 'lesson.started', data: { ...body, userId } });
  return { versionId, reply: new Reply(body, { status: isNew ? 201 : 200 }) };
}
