import { describe, expect, it } from '@jest/globals';
import { type AnswerOf, answerProblems } from '../exercise-kinds.ts';
import { gradeOf, rightAnswer, sampleExercise, sampleId, viewOf } from '../testing/sample-exercises.ts';

const each = sampleExercise('matching');
const right = rightAnswer(sampleId, each) as AnswerOf<'matching'>;

describe('matching', () => {
  it('scores each pair; a side that is used twice counts once', () => {
    const [first, second, ...rest] = right.pairs;
    if (!first || !second) throw new Error('too few pairs');
    const swapped = [
      { left: first.left, right: second.right },
      { left: second.left, right: first.right },
      ...rest,
    ];
    expect(gradeOf(each, { kind: 'matching', pairs: swapped })).toMatchObject({ correct: false, score: 0.5 });
    const same = right.pairs.map(({ left }) => ({ left, right: first.right }));
    expect(gradeOf(each, { kind: 'matching', pairs: same }).score).toBe(0.25);
    expect(gradeOf(each, { kind: 'matching', pairs: [...right.pairs, first] }).correct).toBe(false);
    expect(gradeOf(each, { kind: 'matching', pairs: [] })).toMatchObject({ score: 0 });
  });

  it('the right answer agrees with the solution that is shown', () => {
    const { solution } = gradeOf(each, { kind: 'matching', pairs: [] });
    if (solution.kind !== 'matching') throw new Error('another kind');
    expect(gradeOf(each, solution).correct).toBe(true);
  });

  it('refuses ids of another side', () => {
    const view = viewOf(sampleId, each);
    if (view.kind !== 'matching') throw new Error('another kind');
    const left = view.content.left[0]?.id as string;
    const answer = { kind: 'matching' as const, pairs: [{ left, right: left }] };
    expect(answerProblems({ id: sampleId, exercise: each, answer }).map(({ path }) => path)).toEqual([
      'body.answer.pairs.0.right',
    ]);
  });
});
