import { z } from 'zod';
import { languageTag } from '../../localised-texts/localised-text.ts';
import { acceptedText, audioPath, courseText } from '../course-text.ts';
import { defineKind } from '../define-kind.ts';
import { fullMarks } from '../grade.ts';
import { gradeText } from '../grade-text.ts';
import { inLearnedLanguage } from '../learned-language.ts';
import { shuffledOrder } from '../order.ts';
import { shownUrl } from '../stimulus.ts';

export const reorder = defineKind({
  kind: 'reorder',
  content: z.strictObject({
    language: languageTag,
    /** What the ordered words mean, or other context. */
    text: courseText(500).optional(),
    /** Words that do not belong to the sentence. */
    extraTokens: z.array(acceptedText).max(20).optional(),
    audio: audioPath.optional(),
  }),
  solution: z.strictObject({
    tokens: z.array(acceptedText).min(2).max(30),
    /** Other accepted orders. */
    alternatives: z.array(z.array(acceptedText).min(1).max(30)).max(20).optional(),
  }),
  defaultPrompt: () => ({ en: 'Put the words in order.', vi: 'Sắp xếp các từ thành câu đúng.' }),
  withLanguages: inLearnedLanguage,
  view: {
    language: z.string(),
    text: z.string().nullable(),
    tokens: z.array(z.string()),
    audioUrl: shownUrl,
  },
  toView({ id, content, solution }, urlOf) {
    const { language, text, audio, extraTokens = [] } = content;
    const tokens = mixedTokens({
      id,
      tokens: [...solution.tokens, ...extraTokens],
      orders: ordersOf(solution),
    });
    return { language, text: text ?? null, tokens, audioUrl: urlOf(audio) };
  },
  answer: {
    tokens: z.array(z.string().max(500)).max(60).describe("The words in the learner's order"),
  },
  shownSolution: { tokens: z.array(z.string()) },
  showSolution: ({ solution: { tokens } }) => ({ tokens }),
  grade(answer, { content: { language }, solution }) {
    const { tokens } = solution;
    const given = answer.tokens.join(' ');
    const grade = gradeText({ given, accepted: ordersOf(solution), language, typos: false });
    const { correct, score, mistakes } = grade;
    // The words come from the exercise, so only their choice and order can be wrong.
    if (correct && mistakes.every(({ kind }) => kind === 'spacing')) return fullMarks;
    const sorted = (words: string[]) => [...words].sort().join('\n');
    const onlyOrder = sorted(answer.tokens) === sorted(tokens);
    return {
      correct: false,
      score: Math.min(score, 0.5),
      mistakes: onlyOrder ? [{ kind: 'order', expected: tokens.join(' '), given }] : mistakes,
    };
  },
});

/** Every right order, as a sentence. */
function ordersOf({
  tokens,
  alternatives = [],
}: {
  tokens: string[];
  alternatives?: string[][] | undefined;
}) {
  return [tokens, ...alternatives].map((each) => each.join(' '));
}

/** The words in a shuffled order that is not a right answer. */
function mixedTokens({ id, tokens, orders }: { id: string; tokens: string[]; orders: string[] }): string[] {
  let mixed = shuffledOrder(id, 'token', tokens.length).map((index) => tokens[index] as string);
  for (let turn = 0; turn < tokens.length && orders.includes(mixed.join(' ')); turn++)
    mixed = [...mixed.slice(1), mixed[0] as string];
  return mixed;
}
