import { expect, it } from '@jest/globals';
import { gradeOf, problemsOf, sampleExercise, sampleId, viewOf } from '../testing/sample-exercises.ts';

const each = sampleExercise('translation');

it('translation shows the nearest accepted text', () => {
  const { solution } = gradeOf(each, { kind: 'translation', text: 'I work as teacher' });
  expect(solution).toEqual({
    kind: 'translation',
    text: 'I work as a teacher.',
    alternatives: ['I am a teacher.'],
  });
});

it('translation shows no accepted text before the answer', () => {
  const shown = JSON.stringify(viewOf(sampleId, each));
  for (const text of each.solution.accepted) expect(shown).not.toContain(text);
});

it('translation refuses an accepted text without letters', () => {
  expect(problemsOf({ ...each, solution: { accepted: ['?!'] } })[0]).toMatch(
    /^solution.accepted.0: needs at least one letter/,
  );
});
