/** A word of a text with its place: `start` and `end` are UTF-16 offsets, `end` exclusive. */
export interface TextWord {
  word: string;
  start: number;
  end: number;
}

const segmenters = new Map<string, Intl.Segmenter>();

/**
 * The words of a text, without punctuation, as Unicode text segmentation finds them (UAX #29, with the
 * dictionaries of ICU for languages that write no spaces, such as Thai or Japanese).
 */
export function wordsOf(text: string, languageTag: string): TextWord[] {
  const words: TextWord[] = [];
  for (const { segment, index, isWordLike } of segmenterFor(languageTag).segment(text)) {
    if (isWordLike) words.push({ word: segment, start: index, end: index + segment.length });
  }
  return words;
}

/** Primary language of a BCP 47 tag, in lower case: `en` of `en-GB`. */
export function primaryLanguage(languageTag: string): string {
  return (languageTag.split('-')[0] ?? '').toLowerCase();
}

function segmenterFor(languageTag: string): Intl.Segmenter {
  const language = primaryLanguage(languageTag);
  let segmenter = segmenters.get(language);
  if (!segmenter) {
    segmenter = new Intl.Segmenter(isKnown(language) ? language : 'und', { granularity: 'word' });
    segmenters.set(language, segmenter);
  }
  return segmenter;
}

function isKnown(language: string): boolean {
  try {
    return Intl.Segmenter.supportedLocalesOf(language).length > 0;
  } catch {
    return false;
  }
}
