import { z } from 'zod';
import {
  choiceFields,
  choiceSolution,
  choiceView,
  choosing,
  showChoice,
  shownChoice,
  showOptions,
} from '../choices.ts';
import { audioPath, courseText } from '../course-text.ts';
import { defineKind } from '../define-kind.ts';
import { shownUrl } from '../stimulus.ts';

export const listening = defineKind({
  kind: 'listening',
  ...choosing,
  content: z.strictObject({ audio: audioPath, slowAudio: audioPath.optional(), ...choiceFields }),
  solution: z.strictObject({
    ...choiceSolution,
    /** Transcript of the recording; shown after the answer. */
    transcript: courseText(1_000).optional(),
  }),
  defaultPrompt: () => ({ en: 'Listen and choose.', vi: 'Nghe và chọn đáp án đúng.' }),
  neededMedia: ['audio'],
  view: { audioUrl: shownUrl, slowAudioUrl: shownUrl, ...choiceView },
  toView(exercise, urlOf) {
    const { audio, slowAudio } = exercise.content;
    return { audioUrl: urlOf(audio), slowAudioUrl: urlOf(slowAudio), ...showOptions(exercise, urlOf) };
  },
  shownSolution: { ...shownChoice, transcript: z.string().nullable() },
  showSolution: (exercise) => ({
    ...showChoice(exercise),
    transcript: exercise.solution.transcript ?? null,
  }),
});
