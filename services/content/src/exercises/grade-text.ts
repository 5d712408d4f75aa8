import { withoutAccents } from '@lms/text';
import { distance } from 'fastest-levenshtein';
import { type Comparison, compareWords, type Mistake } from './compare-words.ts';
import { type TextRules, textRules, withOptionalParts } from './word-forms.ts';

export interface TextGrade {
  correct: boolean;
  /** 1 for a right answer, 0.9 for a right answer with slips, at most 0.5 for a wrong one. */
  score: number;
  mistakes: Mistake[];
  /** The accepted text that the answer is nearest to. */
  closest: string;
}

/** Maximum length of an answer that is compared word by word. */
const maxWords = 120;
/** Maximum number of accepted readings that are compared word by word. */
const maxCandidates = 6;

/**
 * Compares what a learner wrote with the accepted texts. Case, punctuation, white space and the way Unicode
 * composes letters never count. Which other differences are forgiven depends on the language (`textRules`).
 */
export function gradeText({
  given,
  accepted,
  language,
  typos,
}: {
  given: string;
  accepted: readonly string[];
  language: string;
  /** False where the exercise tests spelling. */
  typos: boolean;
}): TextGrade {
  const rules = textRules(language);
  const strict = { ...rules, typosAllowed: rules.typosAllowed && typos };
  const givenForms = rules.wordForms(given).map((words) => words.slice(0, maxWords));
  const first = accepted[0] ?? '';
  if (!givenForms[0]?.length) return { correct: false, score: 0, mistakes: [], closest: first };
  const readings = accepted.flatMap((text) =>
    withOptionalParts(text).flatMap((variant) => rules.wordForms(variant).map((words) => ({ text, words }))),
  );

  const same = findSame(givenForms, readings);
  if (same) return { correct: true, score: 1, mistakes: [], closest: same };

  let best: TextGrade | undefined;
  for (const { text, words, form } of nearestPairs(givenForms, readings)) {
    const grade = judge({ form, words, text, rules: strict });
    if (!best || grade.score > best.score) best = grade;
  }
  return best ?? { correct: false, score: 0, mistakes: [], closest: first };
}

interface Reading {
  text: string;
  words: string[];
}

/** The pairs with the most similar letters; comparing all pairs word by word would be slow. */
function nearestPairs(forms: string[][], readings: Reading[]): (Reading & { form: string[] })[] {
  const letters = (words: string[]) => withoutAccents(words.join(' '));
  const nearest = (count: number, pairs: (Reading & { form: string[] })[]) =>
    pairs
      .map((pair) => ({ pair, apart: distance(letters(pair.form), letters(pair.words)) }))
      .sort((a, b) => a.apart - b.apart)
      .slice(0, count)
      .map(({ pair }) => pair);
  const [plain = []] = forms;
  const candidates = nearest(
    maxCandidates,
    readings.map((reading) => ({ ...reading, form: plain })),
  );
  return candidates.flatMap((candidate) =>
    nearest(
      2,
      forms.map((form) => ({ ...candidate, form })),
    ),
  );
}

function findSame(forms: string[][], readings: Reading[]): string | undefined {
  const given = new Set(forms.map((words) => words.join(' ')));
  return readings.find(({ words }) => given.has(words.join(' ')))?.text;
}

function judge({
  form,
  words,
  text,
  rules,
}: {
  form: string[];
  words: string[];
  text: string;
  rules: TextRules;
}): TextGrade {
  if (form.join('') === words.join('')) {
    const mistake: Mistake = { kind: 'spacing', expected: words.join(' '), given: form.join(' ') };
    return { correct: true, score: 0.9, mistakes: [mistake], closest: text };
  }
  const comparison = compareWords(form, words, rules);
  const correct = isForgiven(comparison, words.length, rules);
  const share = 1 - comparison.cost / Math.max(form.length, words.length, 1);
  const score = correct ? 0.9 : Math.max(0, Math.round(share * 50) / 100);
  return { correct, score, mistakes: comparison.mistakes, closest: text };
}

/** True if all mistakes are slips, with at most one typo in four words. */
function isForgiven({ mistakes }: Comparison, wordCount: number, rules: TextRules): boolean {
  const typos = mistakes.filter(({ kind }) => kind === 'typo').length;
  const accents = mistakes.filter(({ kind }) => kind === 'accent').length;
  if (typos + accents < mistakes.length) return false;
  if (accents > 0 && rules.accentsMatter) return false;
  return typos <= Math.max(1, Math.floor(wordCount / 4));
}
