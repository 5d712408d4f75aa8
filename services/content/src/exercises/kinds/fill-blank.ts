import { z } from 'zod';
import { languageTag } from '../../localised-texts/localised-text.ts';
import type { Mistake } from '../compare-words.ts';
import { acceptedText, audioPath, courseText, imagePath } from '../course-text.ts';
import { defineKind } from '../define-kind.ts';
import { gradeText } from '../grade-text.ts';
import { inLearnedLanguage } from '../learned-language.ts';
import { shuffledOrder } from '../order.ts';
import { shownUrl } from '../stimulus.ts';

/** The mark for a blank in the text. */
const blankMark = '___';

export const fillBlank = defineKind({
  kind: 'fill_blank',
  content: z.strictObject({
    text: courseText(1_000),
    language: languageTag,
    /** Words to choose from; without them the learner types. */
    choices: z.array(courseText(100)).min(2).max(12).optional(),
    image: imagePath.optional(),
    audio: audioPath.optional(),
  }),
  solution: z.strictObject({
    /** The accepted texts for each blank, the best one first. */
    blanks: z.array(z.array(acceptedText).min(1).max(20)).min(1).max(10),
  }),
  check({ content, solution }, context) {
    const marks = content.text.split(blankMark).length - 1;
    if (marks !== solution.blanks.length)
      context.addIssue({
        code: 'custom',
        path: ['content', 'text'],
        message: `has ${marks} blanks (${blankMark}), the solution has ${solution.blanks.length}`,
      });
    const { choices } = content;
    for (const [index, accepted] of solution.blanks.entries())
      if (choices && !accepted.some((text) => choices.includes(text)))
        context.addIssue({
          code: 'custom',
          path: ['solution', 'blanks', index],
          message: 'is not among the choices',
        });
  },
  defaultPrompt: () => ({ en: 'Fill in the blank.', vi: 'Điền vào chỗ trống.' }),
  withLanguages: inLearnedLanguage,
  view: {
    text: z.string().describe('Text in which each ___ is a blank'),
    language: z.string(),
    blanks: z.int(),
    choices: z.array(z.string()).nullable(),
    imageUrl: shownUrl,
    audioUrl: shownUrl,
  },
  toView({ id, content, solution }, urlOf) {
    const { text, language, choices, image, audio } = content;
    const order = shuffledOrder(id, 'choice', choices?.length ?? 0);
    return {
      text,
      language,
      blanks: solution.blanks.length,
      choices: choices ? order.map((index) => choices[index] as string) : null,
      imageUrl: urlOf(image),
      audioUrl: urlOf(audio),
    };
  },
  answer: {
    blanks: z.array(z.string().max(200)).min(1).max(10).describe('A text for each blank, in order'),
  },
  answerProblems({ blanks }, { solution }) {
    const count = solution.blanks.length;
    return blanks.length === count ? [] : [{ path: 'blanks', message: `must have ${count} entries` }];
  },
  shownSolution: { blanks: z.array(z.string()) },
  showSolution: ({ solution }) => ({ blanks: solution.blanks.map(([best]) => best ?? '') }),
  grade(answer, { content: { language }, solution: { blanks } }) {
    const grades = blanks.map((accepted, index) => {
      const given = answer.blanks[index] ?? '';
      return { accepted, given, ...gradeText({ given, accepted, language, typos: false }) };
    });
    const correct = grades.every((grade) => grade.correct);
    const points = grades.map((grade) => (grade.correct ? grade.score : 0));
    const average = points.reduce((sum, value) => sum + value, 0) / blanks.length;
    return {
      correct,
      score: correct ? Math.min(...points) : Math.round(average * 100) / 100,
      mistakes: grades.flatMap(({ correct, mistakes, accepted, given }): Mistake[] =>
        correct
          ? mistakes
          : [{ kind: given.trim() ? 'wrong' : 'missing', expected: accepted[0] ?? null, given }],
      ),
    };
  },
});
