import { z } from 'zod';
import type { Mistake } from '../compare-words.ts';
import { defineKind } from '../define-kind.ts';
import { fullMarks } from '../grade.ts';
import { pairIds } from '../order.ts';
import { type Stimulus, shownStimulus, showStimulus, stimulus } from '../stimulus.ts';

const side = shownStimulus.extend({ id: z.string() });

export const matching = defineKind({
  kind: 'matching',
  content: z.strictObject({}).default({}),
  solution: z.strictObject({
    pairs: z
      .array(z.tuple([stimulus, stimulus]))
      .min(2)
      .max(10),
  }),
  defaultPrompt: () => ({ en: 'Match the pairs.', vi: 'Nối các cặp tương ứng.' }),
  view: { left: z.array(side), right: z.array(side) },
  toView({ id, solution: { pairs } }, urlOf) {
    const ids = pairIds(id, pairs.length);
    // The right side is sorted by its ids, so its order reveals nothing.
    return {
      left: pairs.map(([left], index) => ({ id: ids.left[index] as string, ...showStimulus(left, urlOf) })),
      right: pairs
        .map(([, right], index) => ({ id: ids.right[index] as string, ...showStimulus(right, urlOf) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  },
  answer: {
    pairs: z
      .array(z.strictObject({ left: z.string().max(64), right: z.string().max(64) }))
      .max(10)
      .describe('Ids of the matching sides'),
  },
  answerProblems({ pairs }, { id, solution }) {
    const known = pairIds(id, solution.pairs.length);
    return pairs.flatMap((pair, index) =>
      (['left', 'right'] as const)
        .filter((name) => !known[name].includes(pair[name]))
        .map((name) => ({ path: `pairs.${index}.${name}`, message: 'is not an id of this exercise' })),
    );
  },
  shownSolution: { pairs: z.array(z.object({ left: z.string(), right: z.string() })) },
  showSolution({ id, solution }) {
    const { left, right } = pairIds(id, solution.pairs.length);
    return { pairs: left.map((each, index) => ({ left: each, right: right[index] as string })) };
  },
  grade(answer, { id, solution: { pairs } }) {
    const ids = pairIds(id, pairs.length);
    const mistakes: Mistake[] = [];
    const usedRight = new Set<string>();
    for (const [index, [left, right]] of pairs.entries()) {
      const given = answer.pairs.filter((pair) => pair.left === ids.left[index]);
      const chosenId = given.length === 1 ? given[0]?.right : undefined;
      const chosen = chosenId === undefined ? undefined : pairs[ids.right.indexOf(chosenId)]?.[1];
      // Two pairs may look the same on the right: either is accepted, but each only once.
      const isRight = chosen && sameStimulus(chosen, right) && !usedRight.has(chosenId ?? '');
      if (chosenId !== undefined) usedRight.add(chosenId);
      if (isRight) continue;
      const pairText = (other: Stimulus | undefined) =>
        other ? `${labelOf(left)} – ${labelOf(other)}` : null;
      mistakes.push({
        kind: chosen ? 'wrong' : 'missing',
        expected: pairText(right),
        given: pairText(chosen),
      });
    }
    if (mistakes.length === 0) return fullMarks;
    const score = Math.round(((pairs.length - mistakes.length) / pairs.length) * 100) / 100;
    return { correct: false, score, mistakes };
  },
});

function sameStimulus(a: Stimulus, b: Stimulus): boolean {
  return a.text === b.text && a.image === b.image && a.audio === b.audio;
}

function labelOf({ text, image, audio }: Stimulus): string {
  // Files are named after what they show.
  return text ?? (image ?? audio ?? '').replace(/^.*\/|\.[^.]*$/g, '');
}
