import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { answer } from '../exercises/answer.ts';
import { exerciseKinds } from '../exercises/exercise.ts';
import { shownMistake, shownSolution } from '../exercises/grade-answer.ts';
import { localeQuery, wantedLanguages } from '../localised-texts/localised-text.ts';
import { answerExercise } from './answer-exercise.ts';

const answered = z.object({
  answerId: z.uuid(),
  submissionId: z.uuid().nullable().describe('Speaking and writing: where the grade will be'),
  kind: z.enum(exerciseKinds),
  correct: z.boolean().nullable().describe('Null: not graded yet'),
  score: z.number().nullable().describe('0 to 1'),
  xp: z.int(),
  solution: shownSolution,
  mistakes: z.array(shownMistake),
  explanation: z.string().nullable(),
});

export const answerRoutes = [
  defineRoute({
    method: 'post',
    path: '/exercises/{exerciseId}/answers',
    summary: 'Answer an exercise: graded at once, speaking and writing a little later (202)',
    tag: 'Exercises',
    auth: 'user',
    input: {
      params: z.object({ exerciseId: z.uuid() }),
      query: localeQuery,
      body: z.strictObject({ answer }),
    },
    output: { status: 201, body: answered, alsoStatus: [202] },
    errors: ['not_found', 'media_missing', 'idempotency_key_reused', 'request_in_progress'],
    handler: async (
      { params, query, body, caller, acceptLanguages, idempotencyKey, requestHash },
      deps: Pick<Deps, 'prisma'>,
    ) => {
      const languages = wantedLanguages({ query, acceptLanguages });
      const result = await answerExercise(
        { ...params, ...body, userId: caller.userId, languages, idempotencyKey, requestHash },
        deps,
      );
      return new Reply(result, { status: result.submissionId ? 202 : 201 });
    },
  }),
];
