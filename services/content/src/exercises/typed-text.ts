import { z } from 'zod';
import { acceptedText } from './course-text.ts';
import type { Grade } from './grade.ts';
import { gradeText } from './grade-text.ts';

/** Parts shared by the kinds in which the learner types a sentence. */
export const acceptedTexts = { accepted: z.array(acceptedText).min(1).max(60) };
/** Bounded, because every accepted text is compared with it word by word. */
export const typedAnswer = { text: z.string().max(500) };
export const shownText = { text: z.string(), alternatives: z.array(z.string()) };

interface ShownText {
  text: string;
  alternatives: string[];
}

/** Grades a typed sentence and shows the nearest accepted text. */
export function gradeTyped(
  { text: given }: { text: string },
  { accepted, language }: { accepted: string[]; language: string },
): Grade & { solution: ShownText } {
  const { closest, ...grade } = gradeText({ given, accepted, language, typos: true });
  const alternatives = accepted.filter((text) => text !== closest).slice(0, maxAlternatives);
  return { ...grade, solution: { text: closest, alternatives } };
}

export function showAccepted([text = '', ...others]: string[]): ShownText {
  return { text, alternatives: others.slice(0, maxAlternatives) };
}

/** Maximum number of accepted texts shown besides the best one. */
const maxAlternatives = 5;
