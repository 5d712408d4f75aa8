import { describe, expect, it } from '@jest/globals';
import { answerProblems } from '../exercise-kinds.ts';
import {
  gradeOf,
  problemsOf,
  rightAnswer,
  sampleExercise,
  sampleId,
  sampleIds,
  viewOf,
} from '../testing/sample-exercises.ts';

const each = sampleExercise('mcq');

describe('mcq', () => {
  it('shows the right option in varying positions', () => {
    const places = sampleIds.map((id) => {
      const view = viewOf(id, each);
      return view.kind === 'mcq' ? view.content.options.findIndex(({ text }) => text === 'Hello') : -1;
    });
    expect(new Set(places)).toEqual(new Set([0, 1, 2]));
  });

  it('a wrong choice scores 0, and the mistake names both options', () => {
    const right = rightAnswer(sampleId, each) as { choice: number };
    for (const choice of [0, 1, 2].filter((other) => other !== right.choice)) {
      const grade = gradeOf(each, { kind: 'mcq', choice });
      expect(grade).toMatchObject({
        correct: false,
        score: 0,
        solution: { choice: right.choice, text: 'Hello' },
      });
      expect(grade.mistakes).toHaveLength(1);
    }
  });

  it('the right answer agrees with the solution that is shown', () => {
    const { solution } = gradeOf(each, { kind: 'mcq', choice: 1 });
    if (solution.kind !== 'mcq') throw new Error('another kind');
    expect(gradeOf(each, { kind: 'mcq', choice: solution.choice }).correct).toBe(true);
  });

  it('refuses a choice that is not an option', () => {
    const problems = answerProblems({ id: sampleId, exercise: each, answer: { kind: 'mcq', choice: 3 } });
    expect(problems.map(({ path }) => path)).toEqual(['body.answer.choice']);
  });

  it('an author cannot name an option that does not exist', () => {
    expect(problemsOf({ ...each, solution: { correct: 3 } })[0]).toMatch(
      /^solution.correct: there is no option 3/,
    );
  });
});
