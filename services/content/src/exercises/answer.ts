import type { FieldError } from '@lms/errors';
import { z } from 'zod';
import type { Exercise } from './exercise.ts';
import { pairIds } from './order.ts';

/** What learners type. Bounded, because every accepted text is compared with it word by word. */
const typed = z.string().max(500);

/** An answer, as clients send it; `kind` repeats the exercise's. */
export const answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mcq'),
    choice: z.int().min(0).max(7).describe('Position of the chosen option, as shown, from 0'),
  }),
  z.strictObject({
    kind: z.literal('listening'),
    choice: z.int().min(0).max(7).describe('Position of the chosen option, as shown, from 0'),
  }),
  z.strictObject({
    kind: z.literal('fill_blank'),
    blanks: z.array(z.string().max(200)).min(1).max(10).describe('A text for each blank, in order'),
  }),
  z.strictObject({
    kind: z.literal('matching'),
    pairs: z
      .array(z.strictObject({ left: z.string().max(64), right: z.string().max(64) }))
      .max(10)
      .describe('Ids of what belongs together'),
  }),
  z.strictObject({
    kind: z.literal('reorder'),
    tokens: z.array(z.string().max(500)).max(60).describe('The words in the order the learner put them'),
  }),
  z.strictObject({ kind: z.literal('translation'), text: typed }),
  z.strictObject({ kind: z.literal('dictation'), text: typed }),
  z.strictObject({
    kind: z.literal('speaking'),
    assetId: z.uuid().describe('The recording: a completed upload with purpose recording'),
  }),
  z.strictObject({ kind: z.literal('writing'), text: z.string().trim().min(1).max(10_000) }),
]);
export type Answer = z.output<typeof answer>;
export type AnswerOf<K extends Answer['kind']> = Extract<Answer, { kind: K }>;

/**
 * What is wrong with the form of an answer to this very exercise (not whether it is right); none: it can be
 * graded. Paths begin with `body.answer`.
 */
export function answerProblems({
  id,
  exercise,
  answer,
}: {
  id: string;
  exercise: Exercise;
  answer: Answer;
}): FieldError[] {
  const problem = (path: string, message: string) => [{ path: `body.answer.${path}`, message }];
  if (answer.kind !== exercise.kind) return problem('kind', `must be ${exercise.kind}, as the exercise`);
  if (answer.kind === 'mcq' || answer.kind === 'listening') {
    const { options } = (exercise as Extract<Exercise, { kind: 'mcq' | 'listening' }>).content;
    return answer.choice < options.length ? [] : problem('choice', `must be below ${options.length}`);
  }
  if (answer.kind === 'fill_blank' && exercise.kind === 'fill_blank') {
    const count = exercise.solution.blanks.length;
    return answer.blanks.length === count ? [] : problem('blanks', `must have ${count} entries`);
  }
  if (answer.kind === 'matching' && exercise.kind === 'matching') {
    const known = pairIds(id, exercise.solution.pairs.length);
    return answer.pairs.flatMap(({ left, right }, index) => [
      ...(known.left.includes(left) ? [] : problem(`pairs.${index}.left`, 'is not an id of this exercise')),
      ...(known.right.includes(right)
        ? []
        : problem(`pairs.${index}.right`, 'is not an id of this exercise')),
    ]);
  }
  return [];
}
