import { z } from 'zod';
import { languageTag } from '../../localised-texts/localised-text.ts';
import { courseText, imagePath } from '../course-text.ts';
import { defineSubmittedKind } from '../define-kind.ts';
import { inLearnedLanguage } from '../learned-language.ts';
import { shownUrl } from '../stimulus.ts';

export const writing = defineSubmittedKind({
  kind: 'writing',
  content: z.strictObject({
    language: languageTag,
    minWords: z.int().min(1).max(1_000),
    maxWords: z.int().min(1).max(1_000),
    /** Words or sentence openings that help. */
    ideas: z.array(courseText(200)).max(12).optional(),
    image: imagePath.optional(),
  }),
  solution: z.strictObject({ sample: courseText(5_000).optional() }).default({}),
  check({ content }, context) {
    if (content.minWords > content.maxWords)
      context.addIssue({ code: 'custom', path: ['content', 'minWords'], message: 'is more than maxWords' });
  },
  // Every exercise needs its own prompt.
  defaultPrompt: () => undefined,
  withLanguages: inLearnedLanguage,
  view: {
    language: z.string(),
    minWords: z.int(),
    maxWords: z.int(),
    ideas: z.array(z.string()),
    imageUrl: shownUrl,
  },
  toView({ content: { language, minWords, maxWords, ideas, image } }, urlOf) {
    return { language, minWords, maxWords, ideas: ideas ?? [], imageUrl: urlOf(image) };
  },
  answer: { text: z.string().trim().min(1).max(10_000) },
  shownSolution: { sample: z.string().nullable() },
  showSolution: ({ solution }) => ({ sample: solution.sample ?? null }),
  taskOf: ({ content }) => ({ languageTag: content.language, expectedText: null }),
  workOf: ({ text }) => ({ text, assetId: null }),
});
