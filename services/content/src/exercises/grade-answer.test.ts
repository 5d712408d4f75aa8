import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Answer, answer, answerProblems } from './answer.ts';
import type { Exercise } from './exercise.ts';
import { gradeAnswer, shownMistake, shownSolution } from './grade-answer.ts';
import { rightAnswer, sampleExercise, sampleExercises, viewOf } from './testing/sample-exercises.ts';

const id = '0190a000-0000-7000-8000-000000000001';
const graded = (exercise: Exercise, given: Answer, exerciseId = id) => {
  const grade = gradeAnswer({ id: exerciseId, exercise, answer: given });
  if (!grade.graded) throw new Error('is not graded here');
  return grade;
};
const autoGraded = sampleExercises.filter(({ kind }) => kind !== 'speaking' && kind !== 'writing');

describe('a right answer', () => {
  it.each(autoGraded.map((each) => [each.kind, each] as const))(
    'to %s is right, in every order',
    (_kind, each) => {
      for (let turn = 0; turn < 50; turn++) {
        const exerciseId = randomUUID();
        const given = answer.parse(rightAnswer(exerciseId, each));
        expect(answerProblems({ id: exerciseId, exercise: each, answer: given })).toEqual([]);
        const grade = graded(each, given, exerciseId);
        expect(grade).toMatchObject({ correct: true, score: 1, mistakes: [] });
        expect(shownSolution.parse(grade.solution)).toEqual(grade.solution);
      }
    },
  );
  it('is what the shown solution says', () => {
    const { solution } = graded(sampleExercise('mcq'), { kind: 'mcq', choice: 1 });
    if (solution.kind !== 'mcq') throw new Error('another kind');
    expect(graded(sampleExercise('mcq'), { kind: 'mcq', choice: solution.choice }).correct).toBe(true);
    const matching = graded(sampleExercise('matching'), { kind: 'matching', pairs: [] }).solution;
    if (matching.kind !== 'matching') throw new Error('another kind');
    expect(graded(sampleExercise('matching'), matching).correct).toBe(true);
  });
});

describe('a wrong answer', () => {
  it('to a choice scores nothing and tells both', () => {
    const each = sampleExercise('mcq');
    const right = rightAnswer(id, each) as { choice: number };
    for (const choice of [0, 1, 2].filter((other) => other !== right.choice)) {
      const grade = graded(each, { kind: 'mcq', choice });
      expect(grade).toMatchObject({
        correct: false,
        score: 0,
        solution: { choice: right.choice, text: 'Hello' },
      });
      expect(grade.mistakes).toHaveLength(1);
    }
  });
  it('to one blank of two scores half', () => {
    const grade = graded(sampleExercise('fill_blank'), { kind: 'fill_blank', blanks: ['IS', 'am'] });
    expect(grade).toMatchObject({
      correct: false,
      score: 0.5,
      mistakes: [{ kind: 'wrong', expected: 'Viet', given: 'am' }],
    });
  });
  it('a typo in a blank is a mistake: spelling is what is asked for', () => {
    const each = sampleExercise('fill_blank');
    const exercise: Exercise = {
      ...each,
      content: { text: 'See you ___.', language: 'en' },
      solution: { blanks: [['tomorrow']] },
    };
    expect(graded(exercise, { kind: 'fill_blank', blanks: ['tomorow'] }).correct).toBe(false);
  });
  it('to a matching scores by pairs; a side used twice counts once', () => {
    const each = sampleExercise('matching');
    const right = rightAnswer(id, each) as Extract<Answer, { kind: 'matching' }>;
    const [first, second, ...rest] = right.pairs;
    if (!first || !second) throw new Error('too few pairs');
    const swapped = [
      { left: first.left, right: second.right },
      { left: second.left, right: first.right },
      ...rest,
    ];
    expect(graded(each, { kind: 'matching', pairs: swapped })).toMatchObject({ correct: false, score: 0.5 });
    const same = right.pairs.map(({ left }) => ({ left, right: first.right }));
    expect(graded(each, { kind: 'matching', pairs: same }).score).toBe(0.25);
    expect(graded(each, { kind: 'matching', pairs: [...right.pairs, first] }).correct).toBe(false);
    expect(graded(each, { kind: 'matching', pairs: [] })).toMatchObject({ score: 0 });
  });
  it('to a reorder tells wrong order from wrong words', () => {
    const each = sampleExercise('reorder');
    const order = graded(each, { kind: 'reorder', tokens: ['am', 'I', 'from', 'Hue'] });
    expect(order).toMatchObject({ correct: false, mistakes: [{ kind: 'order' }] });
    const word = graded(each, { kind: 'reorder', tokens: ['I', 'am', 'to', 'Hue'] });
    expect(word.mistakes).toEqual([{ kind: 'wrong', expected: 'from', given: 'to' }]);
    expect(graded(each, { kind: 'reorder', tokens: ['from', 'Hue', 'I', 'am'] }).correct).toBe(true);
    expect(graded(each, { kind: 'reorder', tokens: [] }).score).toBe(0);
  });
  it('keeps its score between 0 and 0.75, and mistakes in their form', () => {
    for (const each of autoGraded)
      for (const other of ['', 'xyz', 'I am', 'a teacher I am not', '??']) {
        const given: Record<string, Answer> = {
          translation: { kind: 'translation', text: other },
          dictation: { kind: 'dictation', text: other },
          reorder: { kind: 'reorder', tokens: other.split(' ') },
          fill_blank: { kind: 'fill_blank', blanks: [other, other] },
        };
        const answerGiven = given[each.kind];
        if (!answerGiven) continue;
        const grade = graded(each, answerGiven);
        expect(grade.correct).toBe(false);
        expect(grade.score).toBeGreaterThanOrEqual(0);
        expect(grade.score).toBeLessThanOrEqual(0.75);
        for (const mistake of grade.mistakes) expect(shownMistake.parse(mistake)).toEqual(mistake);
      }
  });
});

it('shows the accepted translation that is nearest', () => {
  expect(
    graded(sampleExercise('translation'), { kind: 'translation', text: 'I work as teacher' }).solution,
  ).toEqual({
    kind: 'translation',
    text: 'I work as a teacher.',
    alternatives: ['I am a teacher.'],
  });
});

it('leaves speech and writing to others, with what may be shown', () => {
  for (const kind of ['speaking', 'writing'] as const) {
    const exercise = sampleExercise(kind);
    const grade = gradeAnswer({ id, exercise, answer: rightAnswer(id, exercise) });
    expect(grade.graded).toBe(false);
    expect(shownSolution.parse(grade.solution)).toEqual(grade.solution);
  }
});

describe('the form of an answer', () => {
  it('names the wrong field', () => {
    const paths = (value: unknown) => answer.safeParse(value).error?.issues.map(({ path }) => path.join('.'));
    expect(paths({ kind: 'mcq', choice: 'first' })).toEqual(['choice']);
    expect(paths({ kind: 'matching', pairs: [{ left: 'a' }] })).toEqual(['pairs.0.right']);
    expect(paths({ kind: 'speaking', assetId: 'x' })).toEqual(['assetId']);
    expect(paths({ kind: 'essay' })).toEqual(['kind']);
    expect(paths({ kind: 'writing', text: ' ' })).toEqual(['text']);
  });
  it('must fit the exercise', () => {
    const problems = (exercise: Exercise, given: Answer) =>
      answerProblems({ id, exercise, answer: given }).map(({ path }) => path);
    expect(problems(sampleExercise('mcq'), { kind: 'mcq', choice: 3 })).toEqual(['body.answer.choice']);
    expect(problems(sampleExercise('mcq'), { kind: 'listening', choice: 0 })).toEqual(['body.answer.kind']);
    expect(problems(sampleExercise('fill_blank'), { kind: 'fill_blank', blanks: ['is'] })).toEqual([
      'body.answer.blanks',
    ]);
    const view = viewOf(id, sampleExercise('matching'));
    if (view.kind !== 'matching') throw new Error('another kind');
    const left = view.content.left[0]?.id as string;
    expect(
      problems(sampleExercise('matching'), { kind: 'matching', pairs: [{ left, right: left }] }),
    ).toEqual(['body.answer.pairs.0.right']);
  });
});
