import { type LocalisedText, languageOf } from './localised-text.ts';

/** The languages that some texts exist in. */
export interface KnownLanguages {
  /** Tags in lower case. */
  tags: ReadonlySet<string>;
  /** The languages of the tags: `pt` for `pt-br`. */
  languages: ReadonlySet<string>;
}

/** Collects the languages of texts, or of anything else that is keyed by language tags. */
export function knownLanguages(
  texts: Iterable<LocalisedText | Record<string, unknown> | null | undefined>,
): KnownLanguages {
  const tags = new Set<string>();
  for (const text of texts) for (const tag of Object.keys(text ?? {})) tags.add(tag.toLowerCase());
  return { tags, languages: new Set([...tags].map(languageOf)) };
}

/**
 * The part of the wanted languages that can make a difference to texts in the known ones, in one spelling: whoever
 * gets the same texts gets the same list, whatever else their client asks for. `pickText` returns for it what it
 * returns for `wanted`.
 */
export function relevantLanguages(known: KnownLanguages, wanted: readonly string[]): string[] {
  const relevant = new Set<string>();
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    // A tag that no text has can match by its language alone; `*` is no subtag, so this one matches in no other way.
    if (known.tags.has(lower)) relevant.add(lower);
    else if (known.languages.has(languageOf(lower))) relevant.add(`${languageOf(lower)}-*`);
  }
  return [...relevant];
}
