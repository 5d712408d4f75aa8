import { describe, expect, it } from '@jest/globals';
import { type ExerciseOf, gradeAnswer } from '../exercise-kinds.ts';
import { problemsOf, rightAnswer, sampleExercise, sampleId } from '../testing/sample-exercises.ts';

const each = sampleExercise('speaking');

describe('speaking', () => {
  it('expects the text that is read aloud, unless the solution has another', () => {
    const handIn = (exercise: ExerciseOf<'speaking'>) =>
      gradeAnswer({ id: sampleId, exercise, answer: rightAnswer(sampleId, exercise) });
    expect(handIn(each)).toMatchObject({
      graded: false,
      kind: 'speaking',
      task: { languageTag: 'en', expectedText: 'SECRET how much is it' },
      work: { text: null, assetId: '0190a000-0000-7000-8000-00000000000a' },
    });
    expect(handIn({ ...each, content: { language: 'en', text: 'Hi' }, solution: {} })).toMatchObject({
      task: { expectedText: 'Hi' },
    });
  });

  it('an author must provide a text to say', () => {
    expect(problemsOf({ ...each, solution: {} })[0]).toMatch(/^solution.expectedText: is required/);
  });
});
