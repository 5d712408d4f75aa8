import { plain, type Skill, termsOf } from './librelingo-skill.ts';

export interface Hint {
  word: string;
  meanings: string[];
}

/** Looks up the words of a text in the dictionaries of all skills of a course. */
export type HintsOf = (text: string, isTarget: boolean) => Hint[];

/**
 * The dictionary of the whole course, in both directions: the mini-dictionaries of all skills and the new words.
 * Meanings of the same term are merged.
 */
export function buildDictionary(skills: readonly Skill[]): HintsOf {
  const meanings = new Map<string, Set<string>>();
  const add = (term: string, isTarget: boolean, meaning: string) => {
    const key = keyOf(term, isTarget);
    const known = meanings.get(key) ?? new Set();
    meanings.set(key, known.add(plain(meaning)));
  };
  for (const { entries, dictionary } of skills) {
    for (const { kind, target, source } of entries) {
      if (kind !== 'word') continue;
      add(target[0] as string, true, source[0] as string);
      add(source[0] as string, false, target[0] as string);
    }
    for (const entry of dictionary)
      for (const meaning of entry.meanings) add(entry.term, entry.isTarget, meaning);
  }
  return (text, isTarget) => {
    const terms = [...new Set(termsOf(text))];
    return terms
      .flatMap((word) => {
        const known = meanings.get(keyOf(word, isTarget));
        return known ? [{ word, meanings: [...known].sort().slice(0, 10) }] : [];
      })
      .slice(0, 40);
  };
}

function keyOf(term: string, isTarget: boolean): string {
  return `${isTarget ? 'target' : 'source'} ${plain(term).toLowerCase()}`;
}
