import type { EventHandler } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import { lockExercise } from '../answers/answer-store.ts';
import type { Deps } from '../deps.ts';
import { lockTimeZones } from '../learners/learners-store.ts';
import { addProgress } from '../progress/progress-store.ts';
import { passingScore, xpOfSubmission } from '../progress/xp.ts';
import { lockUngraded, saveFailure, saveGrade, sumSubmissionXp } from './submission-store.ts';

/** Stores the grade of speech or writing. The first grade stays, so a result never changes afterwards. */
export const onFeedbackReady: EventHandler<'feedback.ready', SqlTransaction, Deps> = async (
  event,
  { tx },
) => {
  const { submissionId, userId, score, provider, feedback, createdAt } = event.data;
  if (!(await isAdmitted(tx, userId))) return;
  const submission = await lockUngraded(tx, submissionId, userId);
  if (!submission) return;
  const { exerciseId, courseId, lessonId } = submission;
  await lockExercise(tx, userId, exerciseId);
  const xp = xpOfSubmission(score, await sumSubmissionXp(tx, userId, exerciseId));
  const correct = score >= passingScore;
  await saveGrade(tx, submission, { score, correct, xp, feedback, provider, gradedAt: new Date(createdAt) });
  await addProgress(tx, [
    {
      userId,
      courseId,
      lessonId,
      // It counts for the day on which the learner did it, however long the grading took.
      at: submission.createdAt,
      eventTime: new Date(event.time),
      xp,
      answers: 0,
      gradedAnswers: 1,
      correctAnswers: correct ? 1 : 0,
      completions: 0,
    },
  ]);
};

/** Records that grading failed for good, so that the learner learns why instead of waiting for ever. */
export const onJobFailed: EventHandler<'job.failed', SqlTransaction, Deps> = async ({ data }, { tx }) => {
  if (data.submissionId === null) return;
  if (!(await isAdmitted(tx, data.userId))) return;
  const submission = await lockUngraded(tx, data.submissionId, data.userId);
  if (!submission) return;
  const status = data.code === 'AI_PROVIDER_REQUIRED' ? 'unavailable' : 'failed';
  await saveFailure(tx, submission, { status, failureCode: data.code });
};

/** False for a user who was erased, whose submissions may not be deleted yet. Nobody is erased before `tx` ends. */
async function isAdmitted(tx: SqlTransaction, userId: string): Promise<boolean> {
  return (await lockTimeZones(tx, [userId])).has(userId);
}
