import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import { runIdempotently } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { Deps, Tx } from '../deps.ts';
import { enroll } from '../enrollments/enrollment-store.ts';
import {
  type Answer,
  answer,
  answerProblems,
  gradeAnswer,
  kindNames,
  shownSolution,
} from '../exercises/exercise-kinds.ts';
import { shownMistake } from '../exercises/grade.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { localeQuery, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { xpOfAnswer } from '../progress/xp.ts';
import { checkRecording } from '../submissions/check-recording.ts';
import { createSubmission } from '../submissions/create-submission.ts';
import { findAskedExercise, findCorrectBefore, insertAnswer, lockExercise } from './answer-store.ts';

const answered = z.object({
  answerId: z.uuid(),
  submissionId: z
    .uuid()
    .nullable()
    .describe('Id of the submission that will hold the grade of speaking and writing'),
  kind: z.enum(kindNames),
  correct: z.boolean().nullable().describe('Null if not graded yet'),
  score: z.number().nullable().describe('0 to 1'),
  xp: z.int(),
  solution: shownSolution,
  mistakes: z.array(shownMistake),
  explanation: z.string().nullable(),
});

/** Counts once per Idempotency-Key. Speech and writing become a submission that the ai service grades. */
export const answerExercise = defineRoute({
  method: 'post',
  path: '/exercises/{exerciseId}/answers',
  summary: 'Answer an exercise; speaking and writing are graded later (202), others at once',
  tag: 'Exercises',
  auth: 'user',
  input: {
    params: z.object({ exerciseId: z.uuid() }),
    query: localeQuery,
    body: z.strictObject({ answer }),
  },
  output: { status: 201, body: answered, alsoStatus: [202] },
  errors: ['not_found', 'media_missing', 'idempotency_key_reused', 'request_in_progress'],
  async handler(
    { params, query, body, caller, acceptLanguages, idempotencyKey: key, requestHash },
    { prisma }: Pick<Deps, 'prisma'>,
  ) {
    const { userId } = caller;
    const languages = wantedLanguages({ query, acceptLanguages });
    const request = { scope: `${userId} POST /exercises/answers`, key, requestHash };
    const result = await prisma.$transaction((tx) =>
      runIdempotently(tx, request, () => takeAnswer(tx, { ...params, ...body, userId, languages })),
    );
    return new Reply(result, { status: result.submissionId ? 202 : 201 });
  },
});

async function takeAnswer(
  tx: Tx,
  {
    exerciseId,
    userId,
    answer,
    languages,
  }: { exerciseId: string; userId: string; answer: Answer; languages: string[] },
) {
  await admitLearner(tx, userId);
  const asked = await findAskedExercise(tx, exerciseId, userId);
  if (!asked) throw notFound('The exercise');
  const { exercise, forLanguage, courseId, lessonId, versionId, attemptId } = asked;
  const problems = answerProblems({ id: exerciseId, exercise, answer });
  if (problems.length > 0)
    throw new AppError('validation_failed', 'The answer does not match the exercise.', { errors: problems });
  const grade = gradeAnswer({ id: exerciseId, exercise, answer });
  if (!grade.graded && grade.work.assetId) await checkRecording(tx, userId, grade.work.assetId);

  await lockExercise(tx, userId, exerciseId);
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
    : await createSubmission(tx, { answerId: id, asked, userId, submitted: grade, answeredAt });
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
