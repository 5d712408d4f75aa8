import { z } from 'zod';

const score = z.number().min(0).max(1);

/** What a correction is about. */
export const correctionCategory = z.enum(['grammar', 'spelling', 'punctuation', 'vocabulary', 'style']);

export const correction = z.object({
  start: z.int().min(0).describe('First UTF-16 code unit of the passage in the text'),
  end: z.int().min(0).describe('One after the last UTF-16 code unit'),
  original: z.string(),
  suggestion: z
    .string()
    .nullable()
    .describe('Replacement text; empty to delete the passage, null if there is no suggestion'),
  message: z.string(),
  category: correctionCategory,
});

export const writingFeedback = z.object({
  kind: z.literal('writing'),
  provider: z
    .string()
    .describe('The provider that graded: local (offline rules) or openai (a language model)'),
  model: z.string(),
  score,
  summary: z.string(),
  strengths: z.array(z.string()),
  corrections: z.array(correction),
  checks: z
    .array(
      z.enum([
        'grammar',
        'spelling',
        'punctuation',
        'repetition',
        'length',
        'prompt_words',
        'expected_words',
        'vocabulary',
        'task',
      ]),
    )
    .describe('The checks that were made; the feedback covers no others'),
});

export const spokenWord = z.object({
  word: z.string().describe('The expected word'),
  verdict: z.enum(['correct', 'close', 'wrong', 'missed']),
  heard: z.string().nullable(),
  startMs: z.int().min(0).nullable(),
  endMs: z.int().min(0).nullable(),
});

export const fluency = z.object({
  score,
  wordsPerMinute: z.number().min(0),
  pauseCount: z.int().min(0).nullable(),
  longestPauseMs: z.int().min(0).nullable(),
  pauseShare: score.nullable().describe('Share of the speaking time that was silent'),
});

export const speakingFeedback = z.object({
  kind: z.literal('speaking'),
  provider: z.string(),
  model: z.string(),
  score,
  summary: z.string(),
  transcript: z.string(),
  pronunciation: z.object({
    score,
    words: z.array(spokenWord),
    extraWords: z.array(z.string()).describe('Words that were heard but not expected'),
  }),
  fluency: fluency.nullable().describe('Null if the length of the speech is unknown'),
});

/** What a learner is shown about a piece of writing or speech. */
export const feedback = z.discriminatedUnion('kind', [writingFeedback, speakingFeedback]);

export type Correction = z.output<typeof correction>;
export type WritingFeedback = z.output<typeof writingFeedback>;
export type WritingCheck = WritingFeedback['checks'][number];
export type SpeakingFeedback = z.output<typeof speakingFeedback>;
export type SpokenWord = z.output<typeof spokenWord>;
export type Fluency = z.output<typeof fluency>;
export type Feedback = z.output<typeof feedback>;
