import { z } from 'zod';
import type { Mistake } from './compare-words.ts';

/** One mistake in an answer, as it is shown to the learner. */
export const shownMistake = z.object({
  kind: z.enum(['accent', 'typo', 'spacing', 'wrong', 'missing', 'extra', 'order']),
  expected: z.string().nullable(),
  given: z.string().nullable(),
});

/** The grade of an answer. */
export interface Grade {
  /** A correct answer may have mistakes, such as missing accents or a typo. */
  correct: boolean;
  /** 0 to 1. */
  score: number;
  mistakes: Mistake[];
}

export const fullMarks: Grade = { correct: true, score: 1, mistakes: [] };

export function noMarks(mistakes: Mistake[] = []): Grade {
  return { correct: false, score: 0, mistakes };
}
