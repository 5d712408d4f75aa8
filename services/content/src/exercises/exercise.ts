import { z } from 'zod';
import { languageTag } from '../localised-texts/localised-text.ts';
import {
  acceptedText,
  audioPath,
  courseText,
  imagePath,
  localisedText,
  type MediaReference,
  stimulus,
} from './course-text.ts';

/** Key of an item in the course (`LearningItem.sourceKey`) that an exercise trains. */
export const sourceKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}:/_.+-]*$/u, 'must be letters, digits and : / _ . + -');

const answers = z.array(acceptedText).min(1).max(60);
const options = z.array(stimulus).min(2).max(8);

/** A word of a text and what it may mean, shown when the learner asks for it. */
export const hint = z.strictObject({
  word: courseText(100),
  meanings: z.array(courseText(200)).min(1).max(10),
});

/** How a blank is written in the text of a `fill_blank` exercise. */
export const blankMark = '___';

const mcq = define('mcq', {
  content: z.strictObject({
    question: stimulus.optional(),
    options,
    /** True where the order means something (numbers, sizes): otherwise options are shuffled. */
    keepOrder: z.boolean().optional(),
  }),
  solution: z.strictObject({ correct: z.int().min(0).max(7) }),
}).superRefine(correctIsAnOption);

const listening = define('listening', {
  content: z.strictObject({
    audio: audioPath,
    slowAudio: audioPath.optional(),
    question: stimulus.optional(),
    options,
    keepOrder: z.boolean().optional(),
  }),
  solution: z.strictObject({
    correct: z.int().min(0).max(7),
    /** What is said; shown after the answer. */
    transcript: courseText(1_000).optional(),
  }),
}).superRefine(correctIsAnOption);

const fillBlank = define('fill_blank', {
  content: z.strictObject({
    text: courseText(1_000),
    language: languageTag,
    /** Words to choose from; without them the learner types. */
    choices: z.array(courseText(100)).min(2).max(12).optional(),
    image: imagePath.optional(),
    audio: audioPath.optional(),
  }),
  solution: z.strictObject({
    /** For each blank what is accepted, the best first. */
    blanks: z.array(z.array(acceptedText).min(1).max(20)).min(1).max(10),
  }),
}).superRefine(({ content, solution }, context) => {
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
});

const matching = define('matching', {
  content: z.strictObject({}).default({}),
  solution: z.strictObject({
    pairs: z
      .array(z.tuple([stimulus, stimulus]))
      .min(2)
      .max(10),
  }),
});

const reorder = define('reorder', {
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
    /** Other orders that are right as well. */
    alternatives: z.array(z.array(acceptedText).min(1).max(30)).max(20).optional(),
  }),
});

const translation = define('translation', {
  content: z.strictObject({
    text: courseText(500),
    from: languageTag,
    to: languageTag,
    hints: z.array(hint).max(40).optional(),
    image: imagePath.optional(),
    audio: audioPath.optional(),
  }),
  solution: z.strictObject({ accepted: answers }),
});

const dictation = define('dictation', {
  content: z.strictObject({ audio: audioPath, slowAudio: audioPath.optional(), language: languageTag }),
  solution: z.strictObject({ accepted: answers }),
});

const speaking = define('speaking', {
  content: z.strictObject({
    language: languageTag,
    /** To be read aloud; without it the learner says what the prompt asks for. */
    text: courseText(1_000).optional(),
    audio: audioPath.optional(),
    image: imagePath.optional(),
  }),
  solution: z.strictObject({ expectedText: courseText(1_000).optional() }).default({}),
}).superRefine(({ content, solution }, context) => {
  if (!content.text && !solution.expectedText)
    context.addIssue({
      code: 'custom',
      path: ['solution', 'expectedText'],
      message: 'is needed when there is no text to read',
    });
});

const writing = define('writing', {
  content: z.strictObject({
    language: languageTag,
    minWords: z.int().min(1).max(1_000),
    maxWords: z.int().min(1).max(1_000),
    /** Words or beginnings that help. */
    ideas: z.array(courseText(200)).max(12).optional(),
    image: imagePath.optional(),
  }),
  solution: z.strictObject({ sample: courseText(5_000).optional() }).default({}),
}).superRefine(({ content }, context) => {
  if (content.minWords > content.maxWords)
    context.addIssue({ code: 'custom', path: ['content', 'minWords'], message: 'is more than maxWords' });
});

/** An exercise as editors write it and as it is stored, with its solution. */
export const exercise = z.discriminatedUnion('kind', [
  mcq,
  fillBlank,
  matching,
  reorder,
  translation,
  listening,
  dictation,
  speaking,
  writing,
]);
export type Exercise = z.output<typeof exercise>;
export type ExerciseKind = Exercise['kind'];
export type ExerciseOf<K extends ExerciseKind> = Extract<Exercise, { kind: K }>;

export const exerciseKinds = [
  'mcq',
  'fill_blank',
  'matching',
  'reorder',
  'translation',
  'listening',
  'dictation',
  'speaking',
  'writing',
] as const satisfies readonly ExerciseKind[];

/** The files that an exercise names, each once. */
export function exerciseMedia({ content, solution }: Exercise): MediaReference[] {
  const found = new Map<string, MediaReference>();
  collectMedia([content, solution], found);
  return [...found.values()];
}

/** What a learner should be heard saying in a `speaking` exercise. */
export function expectedSpeech({ content, solution }: ExerciseOf<'speaking'>): string {
  return solution.expectedText ?? content.text ?? '';
}

function define<K extends string, C extends z.ZodType, S extends z.ZodType>(
  kind: K,
  { content, solution }: { content: C; solution: S },
) {
  return z.strictObject({
    kind: z.literal(kind),
    prompt: localisedText(1_000),
    content,
    /** Never sent before the answer. */
    solution,
    /** Why the solution is what it is; sent after the answer. */
    explanation: localisedText(2_000).optional(),
    /** Keys of the items that are trained. */
    items: z.array(sourceKey).max(20).default([]),
  });
}

function correctIsAnOption(
  { content, solution }: { content: { options: unknown[] }; solution: { correct: number } },
  context: z.RefinementCtx,
): void {
  if (solution.correct >= content.options.length)
    context.addIssue({
      code: 'custom',
      path: ['solution', 'correct'],
      message: `there is no option ${solution.correct}: they count from 0 to ${content.options.length - 1}`,
    });
}

function collectMedia(value: unknown, found: Map<string, MediaReference>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') collectMedia(inner, found);
    else if (name === 'audio' || name === 'slowAudio') found.set(inner, { path: inner, kind: 'audio' });
    else if (name === 'image') found.set(inner, { path: inner, kind: 'image' });
  }
}
