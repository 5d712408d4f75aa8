import { withoutAccents } from '@lms/text';
import { englishForms } from './english.ts';
import { canonicalVietnamese } from './vietnamese.ts';

/** Rules for comparing texts of a language. */
export interface TextRules {
  /** Every reading of the text as a list of words, the plain one first; at most 8. */
  wordForms: (text: string) => string[][];
  /** True if a missing accent makes another word, which is a mistake and not a slip. */
  accentsMatter: boolean;
  /** True if an extra or missing letter is most likely a typing error. */
  typosAllowed: boolean;
}

/**
 * Vietnamese is strict: tone and vowel marks make another word (ma, má, mà), and syllables are so short that a
 * changed letter does too. English has no accents of its own. In other languages a missing accent is a slip.
 */
export function textRules(languageTag: string): TextRules {
  const language = (languageTag.split('-')[0] ?? '').toLowerCase();
  const lower = (text: string) => lowerCase(text, language);
  if (language === 'en')
    return {
      wordForms: (text) => englishForms(withoutAccents(lower(text))),
      accentsMatter: false,
      typosAllowed: true,
    };
  if (language === 'vi')
    return {
      wordForms: (text) => [splitWords(lower(text)).map(canonicalVietnamese)],
      accentsMatter: true,
      typosAllowed: false,
    };
  if (languagesWithoutSpaces.has(language))
    return {
      wordForms: (text) => [[...splitWords(lower(text)).join('')]],
      accentsMatter: true,
      typosAllowed: false,
    };
  return {
    wordForms: (text) => [splitWords(lower(text))],
    accentsMatter: false,
    typosAllowed: true,
  };
}

/** Texts with and without their parts in parentheses: `You (all) are` → both; at most 8. */
export function withOptionalParts(text: string): string[] {
  let texts = [text];
  for (let round = 0; round < 3 && texts.some((each) => optionalPart.test(each)); round++)
    texts = texts.flatMap((each) =>
      optionalPart.test(each) ? [each.replace(optionalPart, '$1'), each.replace(optionalPart, ' ')] : [each],
    );
  return texts;
}

/** Words without punctuation. Apostrophes separate words (l'homme), except in English. */
export function splitWords(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
}

const optionalPart = /\(([^()]*)\)/;
const languagesWithoutSpaces = new Set(['zh', 'ja', 'th', 'lo', 'km', 'my', 'yue']);

function lowerCase(text: string, language: string): string {
  const composed = text.normalize('NFC');
  // In Turkish and Azerbaijani I is the capital of ı, İ that of i.
  return language === 'tr' || language === 'az'
    ? composed.toLocaleLowerCase(language)
    : composed.toLowerCase().normalize('NFC');
}
