import type { Correction, WritingCheck } from '../../feedback/feedback.ts';
import { wordsOf } from '../../text/words.ts';

/** Weight of a mistake, by its effect on intelligibility. */
const weights: Record<Correction['category'], number> = {
  grammar: 1,
  vocabulary: 0.8,
  spelling: 0.7,
  punctuation: 0.3,
  style: 0.15,
};

/** Minimum number of words of a full answer, by CEFR level; unknown levels count as A1. */
const fewestWords: Record<string, number> = { A1: 5, A2: 10, B1: 20, B2: 30, C1: 40, C2: 40 };

export interface WritingScore {
  /** 0 to 1, two decimals. */
  score: number;
  wordCount: number;
  /** Minimum number of words of a full answer at this level. */
  expectedWordCount: number;
  /** Words that the prompt puts in quotation marks and the text does not contain. */
  missingWords: string[];
  /** Checks that this function made. */
  checks: WritingCheck[];
}

/**
 * Scores a text by rules: accuracy × length × required words.
 * - accuracy: 1 − 2.5 × weighted mistakes per word, at least 0: the error rate per word is the usual
 *   measure of accuracy in second-language writing (Wolfe-Quintero, Inagaki & Kim 1998); 2.5 puts one
 *   grammar mistake in ten words at 0.75 and two at 0.5;
 * - length: words written ÷ minimum number of words for the level, at most 1;
 * - required words: the words that the prompt puts in quotation marks, or those of the model answer, weigh
 *   half (a text with none of them has at most half the score).
 */
export function scoreWriting(request: {
  text: string;
  languageTag: string;
  prompt?: string | undefined;
  expected?: string | undefined;
  level?: string | undefined;
  corrections: readonly Correction[];
}): WritingScore {
  const { text, languageTag, corrections } = request;
  const written = wordsOf(text, languageTag);
  const expectedWordCount = fewestWords[(request.level ?? 'A1').slice(0, 2).toUpperCase()] ?? 5;
  const base = { wordCount: written.length, expectedWordCount };
  const vocabulary = new Set(written.map(({ word }) => word.toLocaleLowerCase()));
  const lacks = (word: string) => !vocabulary.has(word.toLocaleLowerCase());
  const quoted = quotedWords(request.prompt ?? '', languageTag);
  const expected = request.expected ? wordsOf(request.expected, languageTag).map(({ word }) => word) : [];
  const missingWords = quoted.filter(lacks);
  const checks: WritingCheck[] = [
    'length',
    ...(quoted.length > 0 ? (['prompt_words'] as const) : []),
    ...(expected.length > 0 ? (['expected_words'] as const) : []),
  ];
  if (written.length === 0) return { ...base, score: 0, missingWords, checks };

  const mistakes = corrections.reduce((sum, { category }) => sum + weights[category], 0);
  const accuracy = Math.max(0, 1 - (2.5 * mistakes) / written.length);
  const length = Math.min(1, written.length / expectedWordCount);
  const required = quoted.length > 0 ? quoted : [...new Set(expected)];
  const coverage = required.length === 0 ? 1 : 1 - required.filter(lacks).length / required.length;
  const score = Math.round(accuracy * length * (0.5 + coverage / 2) * 100) / 100;
  return { ...base, score, missingWords, checks };
}

/** Single words in quotation marks: `Use "because" and "but".` */
function quotedWords(prompt: string, languageTag: string): string[] {
  return [...prompt.matchAll(/["“«„]([^"“”«»„]{1,40})["”»“]/gu)]
    .map((match) => wordsOf(match[1] ?? '', languageTag))
    .filter((words) => words.length === 1)
    .map((words) => words[0]?.word ?? '');
}
