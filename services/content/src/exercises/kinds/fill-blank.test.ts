import { describe, expect, it } from '@jest/globals';
import { answerProblems, type ExerciseOf } from '../exercise-kinds.ts';
import { gradeOf, problemsOf, sampleExercise, sampleId } from '../testing/sample-exercises.ts';

const each = sampleExercise('fill_blank');

describe('fill_blank', () => {
  it('one right blank of two scores half', () => {
    expect(gradeOf(each, { kind: 'fill_blank', blanks: ['IS', 'am'] })).toMatchObject({
      correct: false,
      score: 0.5,
      mistakes: [{ kind: 'wrong', expected: 'Viet', given: 'am' }],
    });
  });

  it('a typo in a blank is a mistake, because the exercise tests spelling', () => {
    const exercise: ExerciseOf<'fill_blank'> = {
      ...each,
      content: { text: 'See you ___.', language: 'en' },
      solution: { blanks: [['tomorrow']] },
    };
    expect(gradeOf(exercise, { kind: 'fill_blank', blanks: ['tomorow'] }).correct).toBe(false);
  });

  it('refuses an answer with another number of blanks', () => {
    const answer = { kind: 'fill_blank' as const, blanks: ['is'] };
    const problems = answerProblems({ id: sampleId, exercise: each, answer });
    expect(problems.map(({ path }) => path)).toEqual(['body.answer.blanks']);
  });

  it.each([
    ['blanks without answers', { blanks: [['is']] }, /^content.text: has 2 blanks/],
    ['a blank that no choice fills', { blanks: [['was'], ['Viet']] }, /^solution.blanks.0: is not among/],
  ])('an author cannot leave %s', (_what, solution, expected) => {
    expect(problemsOf({ ...each, solution })[0]).toMatch(expected);
  });
});
