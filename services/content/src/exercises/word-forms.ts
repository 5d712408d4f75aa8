import { withoutAccents } from '@lms/text';
import { englishForms } from './english.ts';
import { canonicalVietnamese } from './vietnamese.ts';

/** How texts of a language are compared. */
export interface TextRules {
  /** Every way to read the text as a row of words, the plain one first; at most 8. */
  wordForms: (text: string) => string[][];
  /** True where a missing accent makes another word: then it is a mistake, not a slip. */
  accentsMatter: boolean;
  /** True where one letter more or less is most likely a slip of the finger. */
  typosAllowed: boolean;
}

/**
 * Vietnamese is strict: tone and vowel marks make another word (ma, má, mà), syllables are so short that a
 * changed letter does too. English has no accents of its own. Everywhere else a forgotten accent is a slip.
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

/** Texts with and without what stands in parentheses: `You (all) are` → both; at most 8. */
export function withOptionalParts(text: string): string[] {
  let texts = [text];
  for (let round = 0; round < 3 && texts.some((each) => optionalPart.test(each)); round++)
    texts = texts.flatMap((each) =>
      optionalPart.test(each) ? [each.replace(optionalPart, '$1'), each.replace(optionalPart, ' ')] : [each],
    );
  return texts;
}

/** Words without punctuation. Apostrophes part words (l'homme), save in English. */
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
