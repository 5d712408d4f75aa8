import { distance } from 'fastest-levenshtein';
import type { Correction } from '../../feedback/feedback.ts';
import type { Lint } from './grammar-worker.ts';

/** Maps Harper's kinds of findings to ours. Other kinds are matters of taste and are ignored. */
const categories: Record<string, Correction['category']> = {
  Agreement: 'grammar',
  BoundaryError: 'grammar',
  Grammar: 'grammar',
  Miscellaneous: 'grammar',
  Nonstandard: 'grammar',
  Repetition: 'grammar',
  WordOrder: 'grammar',
  Spelling: 'spelling',
  Typo: 'spelling',
  Capitalization: 'punctuation',
  Formatting: 'punctuation',
  Punctuation: 'punctuation',
  Eggcorn: 'vocabulary',
  Malapropism: 'vocabulary',
  Usage: 'vocabulary',
  WordChoice: 'vocabulary',
  Redundancy: 'style',
  Style: 'style',
};

/** Plurals that learners form of uncountable nouns; the checker takes them for misspellings of other words. */
const uncountable = new Map(
  [
    'advice',
    'equipment',
    'furniture',
    'homework',
    'information',
    'knowledge',
    'luggage',
    'traffic',
    'weather',
  ].map((noun) => [`${noun}s`, noun]),
);

/**
 * Turns findings of the checker into corrections for a learner. A wrong correction is worse than a missed
 * one, so names and British spellings (in a course that names no region) are accepted.
 */
export function englishCorrections(text: string, languageTag: string, lints: readonly Lint[]): Correction[] {
  const corrections: Correction[] = [];
  for (const lint of lints) {
    const original = text.slice(lint.start, lint.end);
    const plural = uncountable.get(original.toLowerCase());
    const category = plural ? 'grammar' : categories[lint.kind];
    if (!category || corrections.some((other) => lint.start < other.end && other.start < lint.end)) continue;
    const suggestion = plural ? matchCase(plural, original) : suggestionOf(lint, original);
    if (category === 'spelling' && mayBeRight({ text, lint, original, suggestion, languageTag })) continue;
    const message = plural
      ? `"${plural}" has no plural.`
      : lint.kind === 'Spelling'
        ? `"${original}" may be misspelled.`
        : lint.message.replaceAll('`', '"');
    corrections.push({ start: lint.start, end: lint.end, original, suggestion, message, category });
  }
  return corrections.sort((a, b) => a.start - b.start);
}

function suggestionOf(lint: Lint, original: string): string | null {
  const [first] = lint.suggestions;
  if (!first) return null;
  if (first.kind === 'remove') return '';
  return first.kind === 'insert_after' ? original + first.text : first.text;
}

interface SpellingFinding {
  text: string;
  lint: Lint;
  original: string;
  suggestion: string | null;
  languageTag: string;
}

function mayBeRight({ text, lint, original, suggestion, languageTag }: SpellingFinding): boolean {
  if (!/^[a-z'’-]+$/i.test(original)) return true;
  if (languageTag.toLowerCase() === 'en' && suggestion && isBritish(original, suggestion)) return true;
  if (!/^[A-Z]/.test(original)) return false;
  // A capitalised word is a name, unless it starts the sentence and is one letter away from a longer word.
  const startsSentence = /(^|[.!?\n])\s*["'“‘(]?$/.test(text.slice(0, lint.start));
  return !startsSentence || original.length < 5 || suggestion === null || distance(original, suggestion) > 1;
}

/** Matches British spellings such as colour, centre, travelled, realise, analyse, catalogue, defence and grey. */
function isBritish(word: string, american: string): boolean {
  const plain = (spelling: string) =>
    spelling
      .toLowerCase()
      .replace(/our/g, 'or')
      .replace(/tre(s?)$/, 'ter$1')
      .replace(/([aeiou])ll(?=ed|ing|er)/g, '$1l')
      .replace(/([iy])s(?=e|ing|ation)/g, '$1z')
      .replace(/ogue/g, 'og')
      .replace(/ence(s?)$/, 'ense$1')
      .replace(/^grey/, 'gray');
  return plain(word) === plain(american);
}

function matchCase(word: string, like: string): string {
  return /^[A-Z]/.test(like) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}
