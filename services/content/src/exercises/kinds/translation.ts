import { z } from 'zod';
import { languageName, lowerFirst } from '../../localised-texts/language-name.ts';
import { type LocalisedText, languageTag } from '../../localised-texts/localised-text.ts';
import { audioPath, courseText, imagePath } from '../course-text.ts';
import { defineKind } from '../define-kind.ts';
import { shownUrl } from '../stimulus.ts';
import { acceptedTexts, gradeTyped, showAccepted, shownText, typedAnswer } from '../typed-text.ts';

/** A word of a text with its meanings, shown when the learner asks for them. */
const hint = z.strictObject({
  word: courseText(100),
  meanings: z.array(courseText(200)).min(1).max(10),
});

export const translation = defineKind({
  kind: 'translation',
  content: z.strictObject({
    text: courseText(500),
    from: languageTag,
    to: languageTag,
    hints: z.array(hint).max(40).optional(),
    image: imagePath.optional(),
    audio: audioPath.optional(),
  }),
  solution: z.strictObject(acceptedTexts),
  defaultPrompt: ({ to }): LocalisedText => ({
    en: `Translate into ${languageName(String(to), 'en')}.`,
    vi: `Dịch sang ${lowerFirst(languageName(String(to), 'vi'))}.`,
  }),
  /** Translates into the language being learned, unless the file says otherwise. */
  withLanguages(content, { language, forLanguage }) {
    const to = content.to ?? language;
    return { from: to === language ? forLanguage : language, ...content, to };
  },
  view: {
    text: z.string(),
    from: z.string(),
    to: z.string(),
    hints: z.array(hint),
    imageUrl: shownUrl,
    audioUrl: shownUrl,
  },
  toView({ content: { text, from, to, hints, image, audio } }, urlOf) {
    return { text, from, to, hints: hints ?? [], imageUrl: urlOf(image), audioUrl: urlOf(audio) };
  },
  answer: typedAnswer,
  shownSolution: shownText,
  showSolution: ({ solution }) => showAccepted(solution.accepted),
  grade: (answer, { content, solution }) =>
    gradeTyped(answer, { accepted: solution.accepted, language: content.to }),
});
