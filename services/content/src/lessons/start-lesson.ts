import { notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import type { Deps } from '../deps.ts';
import { enroll } from '../enrollments/enrollment-store.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { openAttempt } from './attempt-store.ts';
import { findPublishedLesson } from './lesson-store.ts';

/** Begins a lesson, or goes on with it; enrols the learner in its course. */
export function startLesson(
  { lessonId, userId }: { lessonId: string; userId: string },
  { prisma }: Pick<Deps, 'prisma'>,
) {
  return prisma.$transaction(async (tx) => {
    await admitLearner(tx, userId);
    const lesson = await findPublishedLesson(tx, lessonId);
    if (!lesson) throw notFound('The lesson');
    const { attempt, isNew } = await openAttempt(tx, { userId, lessonId, ...lesson });
    await enroll(tx, userId, lesson.courseId);
    const startedAt = attempt.startedAt.toISOString();
    if (isNew)
      await appendEvent(tx, {
        type: 'lesson.started',
        data: { attemptId: attempt.id, userId, courseId: lesson.courseId, lessonId, startedAt },
      });
    return { attemptId: attempt.id, lessonId, courseId: lesson.courseId, startedAt, isNew };
  });
}
