import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { runIdempotently } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Deps, Tx } from '../deps.ts';
import { enroll } from '../enrollments/enrollment-store.ts';
import { type Answer, answerProblems } from '../exercises/answer.ts';
import { gradeAnswer } from '../exercises/grade-answer.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { pickText } from '../localised-texts/localised-text.ts';
import { xpOfAnswer } from '../progress/xp.ts';
import { checkRecording } from '../submissions/check-recording.ts';
import { createSubmission } from '../submissions/create-submission.ts';
import { findAskedExercise, findCorrectBefore, insertAnswer, lockExercise } from './answer-store.ts';

export interface AnswerInput {
  exerciseId: string;
  userId: string;
  answer: Answer;
  languages: string[];
  idempotencyKey: string | undefined;
  requestHash: string;
}

/**
 * Takes a learner's answer and grades it; speech and writing become a submission that the ai service grades.
 * Counts once per Idempotency-Key.
 * @throws AppError `not_found` when learners cannot see the exercise; `validation_failed` when the answer is
 *   of another form than the exercise; `media_missing` when the recording is not known as checked.
 */
export function answerExercise(input: AnswerInput, { prisma }: Pick<Deps, 'prisma'>) {
  const { userId, idempotencyKey: key, requestHash } = input;
  const request = { scope: `${userId} POST /exercises/answers`, key, requestHash };
  return prisma.$transaction((tx) => runIdempotently(tx, request, () => take(tx, input)));
}

async function take(tx: Tx, { exerciseId, userId, answer, languages }: AnswerInput) {
  await admitLearner(tx, userId);
  const asked = await findAskedExercise(tx, exerciseId, userId);
  if (!asked) throw notFound('The exercise');
  const { exercise, forLanguage, courseId, lessonId, versionId, attemptId } = asked;
  const problems = answerProblems({ id: exerciseId, exercise, answer });
  if (problems.length > 0)
    throw new AppError('validation_failed', 'The answer does not fit the exercise.', { errors: problems });
  if (answer.kind === 'speaking') await checkRecording(tx, userId, answer.assetId);

  await lockExercise(tx, userId, exerciseId);
  const grade = gradeAnswer({ id: exerciseId, exercise, answer });
  const graded = grade.graded
    ? {
        correct: grade.correct,
        score: grade.score,
        xp: xpOfAnswer(grade.correct, await findCorrectBefore(tx, userId, exerciseId)),
      }
    : { correct: null, score: null, xp: 0 };
  const answeredAt = new Date();
  const ids = { userId, courseId, lessonId, exerciseId };
  const id = uuidv7();
  const kind = exercise.kind;
  await insertAnswer(tx, { id, ...ids, versionId, attemptId, kind, answer, ...graded, answeredAt });
  await enroll(tx, userId, courseId);
  await appendEvent(tx, {
    type: 'exercise.answered',
    data: { answerId: id, ...ids, kind, ...graded, answeredAt: answeredAt.toISOString() },
  });
  const wanted = [...languages, forLanguage];
  const submissionId = grade.graded
    ? null
    : await createSubmission(tx, { answerId: id, asked, userId, answer, answeredAt });
  return {
    answerId: id,
    submissionId,
    kind,
    ...graded,
    solution: grade.solution,
    mistakes: grade.graded ? grade.mistakes : [],
    explanation: exercise.explanation ? pickText(exercise.explanation, wanted) : null,
  };
}
