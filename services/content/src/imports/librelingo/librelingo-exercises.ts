import { createHash } from 'node:crypto';
import { withoutAccents } from '@lms/text';
import { distance } from 'fastest-levenshtein';
import type { ExerciseDraft } from '../../courses/course-draft.ts';
import type { Exercise } from '../../exercises/exercise-kinds.ts';
import { dictation } from '../../exercises/kinds/dictation.ts';
import { listening } from '../../exercises/kinds/listening.ts';
import { matching } from '../../exercises/kinds/matching.ts';
import { mcq } from '../../exercises/kinds/mcq.ts';
import { reorder } from '../../exercises/kinds/reorder.ts';
import { translation } from '../../exercises/kinds/translation.ts';
import type { Hint, HintsOf } from './librelingo-dictionary.ts';
import { chipsOf, type Entry, plain } from './librelingo-skill.ts';

/** An entry with data from other parts of the import. */
export interface KnownEntry extends Entry {
  sourceKey: string;
  /** Paths of its picture and its recording, if there are any. */
  image: string | undefined;
  audio: string | undefined;
}

export interface ExerciseContext {
  lessonKey: string;
  /** Language tags. */
  target: string;
  source: string;
  /** Entries of the same skill; the source of wrong options. */
  siblings: readonly KnownEntry[];
  /** Entries of the rest of the course, for skills with too few. */
  others: readonly KnownEntry[];
  hintsOf: HintsOf;
}

/**
 * The exercises of a skill. LibreLingo creates the same kinds: cards and typed input for words, options and
 * chips for phrases, and listening for recordings. In rounds of four entries, learners recognise, then write.
 */
export function skillExercises(context: ExerciseContext): ExerciseDraft[] {
  const { siblings } = context;
  const rounds = Array.from({ length: Math.ceil(siblings.length / 4) }, (_, index) =>
    siblings.slice(index * 4, index * 4 + 4),
  );
  return [
    ...rounds.flatMap((entries) => [
      ...entries.flatMap((entry) => recognise(entry, context)),
      ...entries.flatMap((entry) => produce(entry, context)),
    ]),
    ...matchPairs(context),
  ];
}

function recognise(entry: KnownEntry, context: ExerciseContext): ExerciseDraft[] {
  const isWord = entry.kind === 'word';
  const [first, ...rest] = [entry, ...wrongOptions(entry, context)];
  if (rest.length === 0) return [];
  const optionOf = (each: KnownEntry) =>
    isWord
      ? { text: targetOf(each), ...(each.image ? { image: each.image } : {}) }
      : { text: sourceOf(each) };
  const options = [first, ...rest].map((each) => optionOf(each as KnownEntry));
  const question = { text: isWord ? sourceOf(entry) : targetOf(entry) };
  return [
    draft(entry, isWord ? 'cards' : 'options', {
      kind: 'mcq',
      prompt: mcq.defaultPrompt({}),
      content: { question, options },
      solution: { correct: 0 },
      items: [entry.sourceKey],
    }),
    ...(entry.audio
      ? [
          draft(entry, 'listening', {
            kind: 'listening',
            prompt: listening.defaultPrompt({}),
            content: {
              audio: entry.audio,
              options: [first, ...rest].map((each) => ({ text: sourceOf(each as KnownEntry) })),
            },
            solution: { correct: 0, transcript: targetOf(entry) },
            items: [entry.sourceKey],
          }),
        ]
      : []),
  ];
}

function produce(entry: KnownEntry, context: ExerciseContext): ExerciseDraft[] {
  return [
    ...(entry.audio
      ? [
          draft(entry, 'dictation', {
            kind: 'dictation',
            prompt: dictation.defaultPrompt({}),
            content: { audio: entry.audio, language: context.target },
            solution: { accepted: entry.target.map(plain) },
            items: [entry.sourceKey],
          }),
        ]
      : []),
    ...(entry.kind === 'phrase' ? chips(entry, context) : []),
    translate(entry, false, context),
    translate(entry, true, context),
  ];
}

function translate(entry: KnownEntry, toTarget: boolean, context: ExerciseContext): ExerciseDraft {
  const { target, source, hintsOf } = context;
  const [text = ''] = toTarget ? entry.source : entry.target;
  const accepted = (toTarget ? entry.target : entry.source).map(plain);
  const hints = withoutAnswers(hintsOf(text, !toTarget), accepted);
  const to = toTarget ? target : source;
  return draft(entry, toTarget ? 'to-target' : 'to-source', {
    kind: 'translation',
    prompt: translation.defaultPrompt({ to }),
    content: {
      text: plain(text),
      from: toTarget ? source : target,
      to,
      ...(hints.length > 0 ? { hints } : {}),
      ...(toTarget && entry.image ? { image: entry.image } : {}),
    },
    solution: { accepted },
    items: [entry.sourceKey],
  });
}

/** An exercise to order the words of a phrase, mixed with some similar words. */
function chips(entry: KnownEntry, context: ExerciseContext): ExerciseDraft[] {
  const tokens = chipsOf(entry.target[0] as string).slice(0, 30);
  if (tokens.length < 2 || chipsOf(entry.source[0] as string).length < 2) return [];
  const extraTokens = similarChips(tokens, context);
  const supply = [...tokens, ...extraTokens];
  const alternatives = entry.target
    .slice(1)
    .map(chipsOf)
    .filter((other) => other.length > 1 && other.length <= 30 && isSubset(other, supply))
    .slice(0, 20);
  return [
    draft(entry, 'chips', {
      kind: 'reorder',
      prompt: reorder.defaultPrompt({}),
      content: { language: context.target, text: sourceOf(entry), extraTokens },
      solution: { tokens, ...(alternatives.length > 0 ? { alternatives } : {}) },
      items: [entry.sourceKey],
    }),
  ];
}

/** Words of other phrases, the most similar to the phrase's own first. */
function similarChips(tokens: string[], { siblings, others }: ExerciseContext): string[] {
  const own = new Set(tokens.map((token) => token.toLowerCase()));
  const found = new Map<string, string>();
  for (const { kind, target } of [...siblings, ...others]) {
    if (kind !== 'phrase') continue;
    for (const chip of target.flatMap(chipsOf)) {
      const key = chip.toLowerCase();
      if (!own.has(key) && !found.has(key)) found.set(key, chip);
    }
    if (found.size >= 200) break;
  }
  const farness = (chip: string) => tokens.reduce((sum, token) => sum + distance(token, chip), 0);
  return [...found.values()]
    .map((chip) => ({ chip, far: farness(chip) }))
    .sort((a, b) => a.far - b.far || (a.chip < b.chip ? -1 : 1))
    .slice(0, Math.min(Math.max(tokens.length - 1, 2), 20))
    .map(({ chip }) => chip);
}

/** Up to three entries of the same kind that are certainly wrong; the choice is deterministic. */
function wrongOptions(entry: KnownEntry, { siblings, others }: ExerciseContext): KnownEntry[] {
  const right = new Set([...entry.target, ...entry.source].map(comparable));
  const rank = (each: KnownEntry) =>
    createHash('sha256').update(`${entry.sourceKey}\n${each.sourceKey}`).digest('hex');
  const pick = (from: readonly KnownEntry[], count: number) => {
    const fitting = from.filter((each) => {
      const texts = [...each.target, ...each.source].map(comparable);
      return each.kind === entry.kind && !texts.some((text) => right.has(text));
    });
    const chosen: KnownEntry[] = [];
    for (const { each } of fitting
      .map((each) => ({ each, rank: rank(each) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))) {
      if (chosen.length >= count) break;
      const texts = [targetOf(each), sourceOf(each)].map(comparable);
      if (texts.some((text) => right.has(text))) continue;
      for (const text of texts) right.add(text);
      chosen.push(each);
    }
    return chosen;
  };
  const near = pick(siblings, 3);
  return near.length > 0 ? near : pick(others, 3);
}

/** Groups of five words with different meanings. */
function matchPairs({ siblings, lessonKey }: ExerciseContext): ExerciseDraft[] {
  const words = siblings.filter(({ kind }) => kind === 'word');
  return Array.from({ length: Math.ceil(words.length / 5) }, (_, number) => {
    const seen = new Set<string>();
    const group = words.slice(number * 5, number * 5 + 5).filter((word) => {
      const texts = [...word.target, ...word.source.map((text) => `= ${text}`)].map(comparable);
      const isNew = !texts.some((text) => seen.has(text));
      for (const text of texts) seen.add(text);
      return isNew;
    });
    return { number, group };
  }).flatMap(({ number, group }) =>
    group.length < 3
      ? []
      : [
          {
            sourceKey: `${lessonKey}/matching-${number + 1}`,
            exercise: {
              kind: 'matching' as const,
              prompt: matching.defaultPrompt({}),
              content: {},
              solution: {
                pairs: group.map((word): [{ text: string }, { text: string }] => [
                  { text: targetOf(word) },
                  { text: sourceOf(word) },
                ]),
              },
              items: group.map(({ sourceKey }) => sourceKey),
            },
          },
        ],
  );
}

/** Leaves out hints that contain the whole answer. */
function withoutAnswers(hints: Hint[], accepted: string[]): Hint[] {
  const answers = new Set(accepted.map(comparable));
  return hints
    .map(({ word, meanings }) => ({
      word,
      meanings: meanings.filter((text) => !answers.has(comparable(text))),
    }))
    .filter(({ meanings }) => meanings.length > 0);
}

function draft(entry: KnownEntry, name: string, exercise: Exercise): ExerciseDraft {
  return { sourceKey: `${entry.sourceKey}/${name}`, exercise };
}

function isSubset(tokens: string[], supply: string[]): boolean {
  const left = supply.map((token) => token.toLowerCase());
  return tokens.every((token) => {
    const at = left.indexOf(token.toLowerCase());
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function targetOf(entry: KnownEntry): string {
  return plain(entry.target[0] as string);
}

function sourceOf(entry: KnownEntry): string {
  return plain(entry.source[0] as string);
}

function comparable(text: string): string {
  return withoutAccents(plain(text).toLowerCase())
    .replace(/[^\p{L}\p{N}=]+/gu, ' ')
    .trim();
}
