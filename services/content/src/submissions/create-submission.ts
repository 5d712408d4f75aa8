import { appendEvent } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { SubmittedTask, SubmittedWork } from '../exercises/define-kind.ts';
import type { Exercise, SubmittedKind } from '../exercises/exercise-kinds.ts';
import { pickText } from '../localised-texts/localised-text.ts';
import { insertSubmission } from './submission-store.ts';

/** What a learner was asked. */
export interface AskedExercise {
  exerciseId: string;
  lessonId: string;
  courseId: string;
  language: string;
  level: string | null;
  exercise: Exercise;
}

/** Submits an answer to the ai service with everything needed to grade it. Returns the submission's id. */
export async function createSubmission(
  tx: SqlTransaction,
  {
    answerId,
    asked,
    userId,
    submitted: { kind, task, work },
    answeredAt,
  }: {
    answerId: string;
    asked: AskedExercise;
    userId: string;
    submitted: { kind: SubmittedKind; task: SubmittedTask; work: SubmittedWork };
    answeredAt: Date;
  },
): Promise<string> {
  const { exercise, courseId, lessonId, exerciseId } = asked;
  const id = uuidv7();
  const ids = { userId, courseId, lessonId, exerciseId };
  const { assetId, text } = work;
  await insertSubmission(tx, { id, answerId, ...ids, kind, assetId, createdAt: answeredAt });
  await appendEvent(tx, {
    type: 'submission.created',
    data: {
      submissionId: id,
      ...ids,
      kind,
      languageTag: task.languageTag,
      level: asked.level,
      // The task in the language being learned, if there is one, because the grader reads both together.
      prompt: pickText(exercise.prompt, [asked.language]),
      expectedText: task.expectedText,
      text,
      assetId,
      createdAt: answeredAt.toISOString(),
    },
  });
  return id;
}
