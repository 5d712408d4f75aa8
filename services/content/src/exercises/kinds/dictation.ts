import { z } from 'zod';
import { languageTag } from '../../localised-texts/localised-text.ts';
import { audioPath } from '../course-text.ts';
import { defineKind } from '../define-kind.ts';
import { inLearnedLanguage } from '../learned-language.ts';
import { shownUrl } from '../stimulus.ts';
import { acceptedTexts, gradeTyped, showAccepted, shownText, typedAnswer } from '../typed-text.ts';

export const dictation = defineKind({
  kind: 'dictation',
  content: z.strictObject({ audio: audioPath, slowAudio: audioPath.optional(), language: languageTag }),
  solution: z.strictObject(acceptedTexts),
  defaultPrompt: () => ({
    en: 'Listen and write what you hear.',
    vi: 'Nghe và viết lại những gì bạn nghe được.',
  }),
  withLanguages: inLearnedLanguage,
  neededMedia: ['audio'],
  view: { language: z.string(), audioUrl: shownUrl, slowAudioUrl: shownUrl },
  toView({ content: { language, audio, slowAudio } }, urlOf) {
    return { language, audioUrl: urlOf(audio), slowAudioUrl: urlOf(slowAudio) };
  },
  answer: typedAnswer,
  shownSolution: shownText,
  showSolution: ({ solution }) => showAccepted(solution.accepted),
  grade: (answer, { content, solution }) =>
    gradeTyped(answer, { accepted: solution.accepted, language: content.language }),
});
