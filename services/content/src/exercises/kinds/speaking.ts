import { z } from 'zod';
import { languageTag } from '../../localised-texts/localised-text.ts';
import { audioPath, courseText, imagePath } from '../course-text.ts';
import { defineSubmittedKind } from '../define-kind.ts';
import { inLearnedLanguage } from '../learned-language.ts';
import { shownUrl } from '../stimulus.ts';

export const speaking = defineSubmittedKind({
  kind: 'speaking',
  content: z.strictObject({
    language: languageTag,
    /** The text to read aloud; without it, the learner says what the prompt asks for. */
    text: courseText(1_000).optional(),
    audio: audioPath.optional(),
    image: imagePath.optional(),
  }),
  solution: z.strictObject({ expectedText: courseText(1_000).optional() }).default({}),
  check({ content, solution }, context) {
    if (!content.text && !solution.expectedText)
      context.addIssue({
        code: 'custom',
        path: ['solution', 'expectedText'],
        message: 'is required if there is no text to read',
      });
  },
  defaultPrompt: ({ text }) =>
    text === undefined ? undefined : { en: 'Read aloud.', vi: 'Đọc to câu sau.' },
  withLanguages: inLearnedLanguage,
  // Learners may be somewhere they cannot speak aloud.
  mayBeSkipped: true,
  view: { language: z.string(), text: z.string().nullable(), audioUrl: shownUrl, imageUrl: shownUrl },
  toView({ content: { language, text, audio, image } }, urlOf) {
    return { language, text: text ?? null, audioUrl: urlOf(audio), imageUrl: urlOf(image) };
  },
  answer: { assetId: z.uuid().describe('The recording, a completed upload with the purpose recording') },
  shownSolution: { text: z.string() },
  showSolution: (exercise) => ({ text: expectedSpeech(exercise) }),
  taskOf: (exercise) => ({
    languageTag: exercise.content.language,
    expectedText: expectedSpeech(exercise),
  }),
  workOf: ({ assetId }) => ({ text: null, assetId }),
});

/** The text that the learner is expected to say. */
function expectedSpeech({
  content,
  solution,
}: {
  content: { text?: string | undefined };
  solution: { expectedText?: string | undefined };
}): string {
  return solution.expectedText ?? content.text ?? '';
}
