import type { z } from 'zod';
import type { skillFile } from './librelingo-files.ts';

/** A word or phrase with every accepted form, the taught one first. */
export interface Entry {
  kind: 'word' | 'phrase';
  /** In the language being learned, including the braces around terms of several words. */
  target: string[];
  source: string[];
  images: string[];
}

export interface Skill {
  id: string;
  name: string;
  thumbnails: string[];
  entries: Entry[];
  dictionary: DictionaryEntry[];
}

export interface DictionaryEntry {
  term: string;
  meanings: string[];
  /** True if the term is in the language being learned. */
  isTarget: boolean;
}

/** The parsed content of a skill file. */
export function toSkill(
  file: z.output<typeof skillFile>,
  languageNames: { target: string; source: string },
): Skill {
  const words = file['New words'].map(
    (word): Entry => ({
      kind: 'word',
      target: distinct([word.Word, ...word.Synonyms]),
      source: distinct([word.Translation, ...word['Also accepted']]),
      images: word.Images,
    }),
  );
  const phrases = file.Phrases.map(
    (phrase): Entry => ({
      kind: 'phrase',
      target: distinct([phrase.Phrase, ...phrase['Alternative versions'], ...phrase.Alternative]),
      source: distinct([
        phrase.Translation,
        ...phrase['Alternative translations'],
        ...phrase['Also accepted'],
      ]),
      images: [],
    }),
  );
  const miniDictionary: Record<string, Record<string, string | string[]>[]> = file['Mini-dictionary'] ?? {};
  const entriesOf = (name: string, isTarget: boolean): DictionaryEntry[] =>
    (miniDictionary[name] ?? []).flatMap((each) =>
      Object.entries(each).map(([term, meaning]) => ({
        term,
        meanings: [meaning].flat(),
        isTarget,
      })),
    );
  return {
    id: file.Skill.Id,
    name: file.Skill.Name,
    thumbnails: file.Skill.Thumbnails,
    entries: [...words, ...phrases],
    dictionary: [...entriesOf(languageNames.target, true), ...entriesOf(languageNames.source, false)],
  };
}

/** The text without the braces around terms of several words, and without repeated spaces. */
export function plain(text: string): string {
  return text.replace(/[{}]/g, '').replace(/\s+/g, ' ').trim();
}

/** Words of a text without punctuation at their ends, as chips show them. */
export function chipsOf(text: string): string[] {
  return plain(text)
    .split(' ')
    .map(cleanWord)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/** Terms of a text: single words, or several words in braces. */
export function termsOf(text: string): string[] {
  return text
    .split(/(\{[^{}]*\}|\s+)/)
    .map((part) => cleanWord(plain(part)))
    .filter(Boolean);
}

function cleanWord(word: string): string {
  return word.replace(/^[^\p{L}\p{M}\p{N}']+|[^\p{L}\p{M}\p{N}']+$/gu, '');
}

function distinct(texts: string[]): string[] {
  const cleaned = texts.map((text) => text.replace(/\s+/g, ' ').trim());
  return cleaned.filter(
    (text, index) => cleaned.findIndex((other) => plain(other) === plain(text)) === index,
  );
}
