import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
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
import { findLesson } from './lesson-store.ts';

/**
 * Ends the learner's walk through a lesson. Safe to repeat: a lesson that was completed answers the same again.
 * @throws AppError `conflict` when it was not started, or exercises are left (speaking may be left out).
 */
export function completeLesson(
  { lessonId, userId }: { lessonId: string; userId: string },
  { prisma }: Pick<Deps, 'prisma'>,
) {
  return prisma.$transaction(async (tx) => {
    await admitLearner(tx, userId);
    const lesson = await findLesson(tx, lessonId, userId);
    if (!lesson) throw notFound('The lesson');
    const open = await lockOpenAttempt(tx, userId, lessonId);
    const attempt = open ?? (await findLastCompleted(tx, userId, lessonId));
    if (!attempt) throw new AppError('conflict', 'Start the lesson first.');

    const { left, ...counts } = await countAnswered(tx, attempt, lessonId);
    const result = { attemptId: attempt.id, lessonId, ...counts };
    if (attempt.completedAt)
      return { ...result, xp: attempt.xp, completedAt: attempt.completedAt.toISOString() };
    if (left > 0) throw new AppError('conflict', `${left} exercises of the lesson are not answered yet.`);

    const xp = counts.answered === 0 ? 0 : xpOfCompletion(await findCompletedBefore(tx, userId, lessonId));
    const completedAt = new Date();
    await closeAttempt(tx, { id: attempt.id, xp, completedAt });
    const data = { attemptId: attempt.id, userId, courseId: lesson.courseId, lessonId, xp };
    await appendEvent(tx, {
      type: 'lesson.completed',
      data: { ...data, completedAt: completedAt.toISOString() },
    });
    return { ...result, xp, completedAt: completedAt.toISOString() };
  });
}
