import { withoutAccents } from '@lms/text';
import { distance } from 'fastest-levenshtein';
import { isConfusable } from './english.ts';
import type { TextRules } from './word-forms.ts';

export interface Mistake {
  /** `accent` and `typo` are forgiven where the language allows it; the others are mistakes. */
  kind: 'accent' | 'typo' | 'spacing' | 'wrong' | 'missing' | 'extra' | 'order';
  expected: string | null;
  given: string | null;
}

export interface Comparison {
  mistakes: Mistake[];
  /** 0 for identical texts; 1 for each wrong, missing or extra word, less for slips. */
  cost: number;
}

type Rules = Pick<TextRules, 'accentsMatter' | 'typosAllowed'>;

/** Aligns the given with the expected words at the lowest cost (Wagner-Fischer). */
export function compareWords(given: string[], expected: string[], rules: Rules): Comparison {
  const costs: number[][] = Array.from({ length: given.length + 1 }, () =>
    new Array<number>(expected.length + 1).fill(0),
  );
  const at = (i: number, j: number) => costs[i]?.[j] ?? 0;
  const givenLetters = given.map(withoutAccents);
  const expectedLetters = expected.map(withoutAccents);
  const mistakeAt = (i: number, j: number) =>
    wordMistake(
      { word: given[i] as string, letters: givenLetters[i] as string },
      { word: expected[j] as string, letters: expectedLetters[j] as string },
      rules,
    );
  for (let i = 0; i <= given.length; i++) {
    for (let j = 0; j <= expected.length; j++) {
      const ways: number[] = [];
      if (i > 0) ways.push(at(i - 1, j) + 1);
      if (j > 0) ways.push(at(i, j - 1) + 1);
      if (i > 0 && j > 0) ways.push(at(i - 1, j - 1) + (mistakeAt(i - 1, j - 1)?.cost ?? 0));
      (costs[i] as number[])[j] = ways.length > 0 ? Math.min(...ways) : 0;
    }
  }
  const mistakes: Mistake[] = [];
  let i = given.length;
  let j = expected.length;
  while (i > 0 || j > 0) {
    const pair = i > 0 && j > 0 ? mistakeAt(i - 1, j - 1) : null;
    if (i > 0 && j > 0 && same(at(i, j), at(i - 1, j - 1) + (pair?.cost ?? 0))) {
      i--;
      j--;
      if (pair) mistakes.push(pair.mistake);
    } else if (i > 0 && same(at(i, j), at(i - 1, j) + 1)) {
      i--;
      mistakes.push({ kind: 'extra', expected: null, given: given[i] as string });
    } else {
      j--;
      mistakes.push({ kind: 'missing', expected: expected[j] as string, given: null });
    }
  }
  return { mistakes: mistakes.reverse(), cost: at(given.length, expected.length) };
}

interface Word {
  word: string;
  /** Without accents. */
  letters: string;
}

function wordMistake(
  { word: given, letters: givenLetters }: Word,
  { word: expected, letters: expectedLetters }: Word,
  { accentsMatter, typosAllowed }: Rules,
): { mistake: Mistake; cost: number } | null {
  if (given === expected) return null;
  if (givenLetters === expectedLetters)
    return { mistake: { kind: 'accent', expected, given }, cost: accentsMatter ? 0.5 : 0.1 };
  if (typosAllowed && isTypo(givenLetters, expectedLetters))
    return { mistake: { kind: 'typo', expected, given }, cost: 0.2 };
  return { mistake: { kind: 'wrong', expected, given }, cost: 1 };
}

/**
 * One wrong letter (two in long words), or two neighbours swapped. First and last letters must be right, because
 * changing them makes another word (right, night) or another form (pequeño, pequeña; like, likes).
 */
function isTypo(given: string, expected: string): boolean {
  if (expected.length < 5 || /\p{N}/u.test(expected)) return false;
  if (given[0] !== expected[0] || given.at(-1) !== expected.at(-1)) return false;
  if (isConfusable(given, expected)) return false;
  const apart = distance(given, expected);
  return apart <= (expected.length >= 10 ? 2 : 1) || (apart === 2 && isSwap(given, expected));
}

function isSwap(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  const at = [...given].findIndex((letter, index) => letter !== expected[index]);
  return (
    given[at] === expected[at + 1] &&
    given[at + 1] === expected[at] &&
    given.slice(at + 2) === expected.slice(at + 2)
  );
}

/** Sums of 0.1 are not exact. */
function same(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9;
}
