import { appendEvent } from '@lms/events';
import { v7 as uuidv7 } from 'uuid';
import type { AskedExercise } from '../answers/answer-store.ts';
import type { Tx } from '../deps.ts';
import type { Answer } from '../exercises/answer.ts';
import { expectedSpeech } from '../exercises/exercise.ts';
import { pickText } from '../localised-texts/localised-text.ts';
import { insertSubmission } from './submission-store.ts';

/** Hands speech or writing to the ai service, with all that it needs to grade. Returns the submission's id. */
export async function createSubmission(
  tx: Tx,
  {
    answerId,
    asked,
    userId,
    answer,
    answeredAt,
  }: { answerId: string; asked: AskedExercise; userId: string; answer: Answer; answeredAt: Date },
): Promise<string> {
  const { exercise, courseId, lessonId, exerciseId } = asked;
  if (answer.kind !== 'speaking' && answer.kind !== 'writing')
    throw new Error(`an answer of kind ${answer.kind} is no submission`);
  const id = uuidv7();
  const ids = { userId, courseId, lessonId, exerciseId };
  const assetId = answer.kind === 'speaking' ? answer.assetId : null;
  await insertSubmission(tx, { id, answerId, ...ids, kind: answer.kind, assetId, createdAt: answeredAt });
  const isSpoken = exercise.kind === 'speaking';
  await appendEvent(tx, {
    type: 'submission.created',
    data: {
      submissionId: id,
      ...ids,
      kind: answer.kind,
      languageTag:
        exercise.kind === 'speaking' || exercise.kind === 'writing'
          ? exercise.content.language
          : asked.language,
      level: asked.level,
      // The task in the language that is learned, where there is one: the grader reads both together.
      prompt: pickText(exercise.prompt, [asked.language]),
      expectedText: isSpoken ? expectedSpeech(exercise) : null,
      text: answer.kind === 'writing' ? answer.text : null,
      assetId,
      createdAt: answeredAt.toISOString(),
    },
  });
  return id;
}
