import { LRUCache } from 'lru-cache';

/** A word of a text with its position: `start` and `end` are UTF-16 offsets, `end` exclusive. */
export interface TextWord {
  word: string;
  start: number;
  end: number;
}

/** Segmenters by language. Requests choose the language, so only the most recent segmenters are kept. */
const segmenters = new LRUCache<string, Intl.Segmenter>({
  max: 50,
  memoMethod: (language) => new Intl.Segmenter(isKnown(language) ? language : 'und', { granularity: 'word' }),
});

/**
 * The words of a text, without punctuation, as Unicode text segmentation finds them (UAX #29, with the
 * dictionaries of ICU for languages written without spaces, such as Thai or Japanese).
 */
export function wordsOf(text: string, languageTag: string): TextWord[] {
  const words: TextWord[] = [];
  for (const { segment, index, isWordLike } of segmenters.memo(primaryLanguage(languageTag)).segment(text)) {
    if (isWordLike) words.push({ word: segment, start: index, end: index + segment.length });
  }
  return words;
}

/** Primary language of a BCP 47 tag, in lower case: `en` of `en-GB`. */
export function primaryLanguage(languageTag: string): string {
  return (languageTag.split('-')[0] ?? '').toLowerCase();
}

function isKnown(language: string): boolean {
  try {
    return Intl.Segmenter.supportedLocalesOf(language).length > 0;
  } catch {
    return false;
  }
}
