import { describe, expect, it } from '@jest/globals';
import { gradeAnswer } from '../exercise-kinds.ts';
import { problemsOf, rightAnswer, sampleExercise, sampleId } from '../testing/sample-exercises.ts';

const each = sampleExercise('writing');

describe('writing', () => {
  it('hands in the learner’s own words without an expected text', () => {
    const answer = rightAnswer(sampleId, each);
    expect(gradeAnswer({ id: sampleId, exercise: each, answer })).toMatchObject({
      graded: false,
      kind: 'writing',
      task: { languageTag: 'en', expectedText: null },
      work: { text: 'I like tea.', assetId: null },
    });
  });

  it.each([
    ['a misspelt field', { language: 'en', minWords: 1, maxWords: 2, idea: [] }, /^content: .*idea/],
    ['more words than allowed', { language: 'en', minWords: 9, maxWords: 2 }, /^content.minWords: /],
  ])('refuses %s', (_what, content, expected) => {
    expect(problemsOf({ ...each, content })[0]).toMatch(expected);
  });
});
