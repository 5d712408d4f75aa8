import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute } from '@lms/http';
import type { SqlTransaction } from '@lms/postgres';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { xpOfCompletion } from '../progress/xp.ts';
import {
  closeAttempt,
  countAnswered,
  findCompletedBefore,
  findLastCompleted,
  lockOpenAttempt,
} from './attempt-store.ts';
import { lessonParams } from './lesson-params.ts';
import { findCourseOfLesson } from './lesson-store.ts';

/** Completes the learner's open attempt. If the lesson was completed already, returns the last attempt. */
export const completeLesson = defineRoute({
  method: 'post',
  path: '/lessons/{lessonId}/complete',
  summary: 'Complete a lesson whose exercises were answered; safe to repeat',
  tag: 'Lessons',
  auth: 'user',
  input: { params: lessonParams },
  output: {
    status: 200,
    body: z.object({
      attemptId: z.uuid(),
      lessonId: z.uuid(),
      exercises: z.int(),
      answered: z.int(),
      correct: z.int(),
      xp: z.int().describe('XP for completing the lesson, in addition to the XP of each answer'),
      completedAt: z.iso.datetime(),
    }),
  },
  errors: ['not_found', 'conflict'],
  handler: ({ params: { lessonId }, caller: { userId } }, { sql }: Pick<Deps, 'sql'>) =>
    sql.transaction((tx) => closeOpenAttempt(tx, lessonId, userId)),
});

async function closeOpenAttempt(tx: SqlTransaction, lessonId: string, userId: string) {
  await admitLearner(tx, userId);
  const courseId = await findCourseOfLesson(tx, lessonId, userId);
  if (!courseId) throw notFound('The lesson');
  const open = await lockOpenAttempt(tx, userId, lessonId);
  const attempt = open ?? (await findLastCompleted(tx, userId, lessonId));
  if (!attempt) throw new AppError('conflict', 'Start the lesson first.');

  const { left, ...counts } = await countAnswered(tx, attempt, lessonId);
  const result = { attemptId: attempt.id, lessonId, ...counts };
  if (attempt.completedAt)
    return { ...result, xp: attempt.xp, completedAt: attempt.completedAt.toISOString() };
  if (left > 0) throw new AppError('conflict', `${left} exercises of the lesson have not been answered yet.`);

  const xp = counts.answered === 0 ? 0 : xpOfCompletion(await findCompletedBefore(tx, userId, lessonId));
  const completedAt = new Date();
  await closeAttempt(tx, { id: attempt.id, xp, completedAt });
  const data = { attemptId: attempt.id, userId, courseId, lessonId, xp };
  await appendEvent(tx, {
    type: 'lesson.completed',
    data: { ...data, completedAt: completedAt.toISOString() },
  });
  return { ...result, xp, completedAt: completedAt.toISOString() };
}
