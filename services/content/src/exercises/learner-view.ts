import { z } from 'zod';
import { type LocalisedText, pickText } from '../localised-texts/localised-text.ts';
import type { Stimulus } from './course-text.ts';
import { type Exercise, type ExerciseOf, hint } from './exercise.ts';
import { pairIds, shuffledOrder } from './order.ts';

const url = z.string().nullable();
const shownStimulus = z.object({ text: z.string().nullable(), imageUrl: url, audioUrl: url });
const side = shownStimulus.extend({ id: z.string() });

/** An exercise without its solution, as learners get it. */
export const learnerExercise = z.discriminatedUnion('kind', [
  view('mcq', { question: shownStimulus.nullable(), options: z.array(shownStimulus) }),
  view('listening', {
    audioUrl: url,
    slowAudioUrl: url,
    question: shownStimulus.nullable(),
    options: z.array(shownStimulus),
  }),
  view('fill_blank', {
    text: z.string().describe('Each ___ is a blank'),
    language: z.string(),
    blanks: z.int(),
    choices: z.array(z.string()).nullable(),
    imageUrl: url,
    audioUrl: url,
  }),
  view('matching', { left: z.array(side), right: z.array(side) }),
  view('reorder', {
    language: z.string(),
    text: z.string().nullable(),
    tokens: z.array(z.string()),
    audioUrl: url,
  }),
  view('translation', {
    text: z.string(),
    from: z.string(),
    to: z.string(),
    hints: z.array(hint),
    imageUrl: url,
    audioUrl: url,
  }),
  view('dictation', { language: z.string(), audioUrl: url, slowAudioUrl: url }),
  view('speaking', { language: z.string(), text: z.string().nullable(), audioUrl: url, imageUrl: url }),
  view('writing', {
    language: z.string(),
    minWords: z.int(),
    maxWords: z.int(),
    ideas: z.array(z.string()),
    imageUrl: url,
  }),
]);
export type LearnerExercise = z.output<typeof learnerExercise>;

export interface LearnerViewOptions {
  /** Id of the exercise: the same id gives the same order of options, pairs and words. */
  id: string;
  /** Wanted languages of the prompt, best first. */
  languages: readonly string[];
  /** Where a file of the course is to be had; null: it is missing. */
  mediaUrl: (path: string) => string | null;
}

/** What a learner may see of an exercise before answering it: everything but the solution. */
export function toLearnerView(exercise: Exercise, options: LearnerViewOptions): LearnerExercise {
  const { id, languages } = options;
  const prompt = pickText(exercise.prompt as LocalisedText, languages);
  return { id, kind: exercise.kind, prompt, content: contentOf(exercise, options) } as LearnerExercise;
}

/** The words of a `reorder` exercise, mixed; never in an order that would be the answer. */
export function mixedTokens(id: string, { content, solution }: ExerciseOf<'reorder'>): string[] {
  const all = [...solution.tokens, ...(content.extraTokens ?? [])];
  let mixed = shuffledOrder(id, 'token', all.length).map((index) => all[index] as string);
  const answers = [solution.tokens, ...(solution.alternatives ?? [])].map((tokens) => tokens.join(' '));
  for (let turn = 0; turn < all.length && answers.includes(mixed.join(' ')); turn++)
    mixed = [...mixed.slice(1), mixed[0] as string];
  return mixed;
}

/** Position in the view → position in the exercise. */
export function optionOrder(id: string, { content }: ExerciseOf<'mcq' | 'listening'>): number[] {
  if (content.keepOrder) return content.options.map((_, index) => index);
  return shuffledOrder(id, 'option', content.options.length);
}

function contentOf(exercise: Exercise, { id, mediaUrl }: LearnerViewOptions): LearnerExercise['content'] {
  const urlOf = (path: string | undefined) => (path === undefined ? null : mediaUrl(path));
  const show = (value: Stimulus) => ({
    text: value.text ?? null,
    imageUrl: urlOf(value.image),
    audioUrl: urlOf(value.audio),
  });
  switch (exercise.kind) {
    case 'mcq':
    case 'listening': {
      const { question, options } = exercise.content;
      const shown = {
        question: question ? show(question) : null,
        options: optionOrder(id, exercise).map((index) => show(options[index] as Stimulus)),
      };
      if (exercise.kind === 'mcq') return shown;
      const { audio, slowAudio } = exercise.content;
      return { audioUrl: urlOf(audio), slowAudioUrl: urlOf(slowAudio), ...shown };
    }
    case 'fill_blank': {
      const { text, language, choices, image, audio } = exercise.content;
      const order = shuffledOrder(id, 'choice', choices?.length ?? 0);
      return {
        text,
        language,
        blanks: exercise.solution.blanks.length,
        choices: choices ? order.map((index) => choices[index] as string) : null,
        imageUrl: urlOf(image),
        audioUrl: urlOf(audio),
      };
    }
    case 'matching': {
      const { pairs } = exercise.solution;
      const ids = pairIds(id, pairs.length);
      // The right side is sorted by its ids, so its order tells nothing.
      return {
        left: pairs.map(([left], index) => ({ id: ids.left[index] as string, ...show(left) })),
        right: pairs
          .map(([, right], index) => ({ id: ids.right[index] as string, ...show(right) }))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      };
    }
    case 'reorder': {
      const { language, text, audio } = exercise.content;
      return { language, text: text ?? null, tokens: mixedTokens(id, exercise), audioUrl: urlOf(audio) };
    }
    case 'translation': {
      const { text, from, to, hints, image, audio } = exercise.content;
      return { text, from, to, hints: hints ?? [], imageUrl: urlOf(image), audioUrl: urlOf(audio) };
    }
    case 'dictation': {
      const { language, audio, slowAudio } = exercise.content;
      return { language, audioUrl: urlOf(audio), slowAudioUrl: urlOf(slowAudio) };
    }
    case 'speaking': {
      const { language, text, audio, image } = exercise.content;
      return { language, text: text ?? null, audioUrl: urlOf(audio), imageUrl: urlOf(image) };
    }
    case 'writing': {
      const { language, minWords, maxWords, ideas, image } = exercise.content;
      return { language, minWords, maxWords, ideas: ideas ?? [], imageUrl: urlOf(image) };
    }
  }
}

function view<K extends string, S extends z.ZodRawShape>(kind: K, content: S) {
  return z.object({ id: z.uuid(), kind: z.literal(kind), prompt: z.string(), content: z.object(content) });
}
