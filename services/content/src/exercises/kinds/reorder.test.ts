import { describe, expect, it } from '@jest/globals';
import { gradeOf, sampleExercise, sampleIds, viewOf } from '../testing/sample-exercises.ts';

const each = sampleExercise('reorder');
const gradeTokens = (...tokens: string[]) => gradeOf(each, { kind: 'reorder', tokens });

describe('reorder', () => {
  it('never shows the words of a sentence in order', () => {
    const plain = { ...each, content: { language: 'en' } };
    for (const id of sampleIds) {
      const view = viewOf(id, plain);
      if (view.kind !== 'reorder') throw new Error('another kind');
      expect(view.content.tokens).not.toEqual(each.solution.tokens);
      expect([...view.content.tokens].sort()).toEqual([...each.solution.tokens].sort());
    }
  });

  it('distinguishes a wrong order from wrong words', () => {
    expect(gradeTokens('am', 'I', 'from', 'Hue')).toMatchObject({
      correct: false,
      mistakes: [{ kind: 'order' }],
    });
    expect(gradeTokens('I', 'am', 'to', 'Hue').mistakes).toEqual([
      { kind: 'wrong', expected: 'from', given: 'to' },
    ]);
    expect(gradeTokens('from', 'Hue', 'I', 'am').correct).toBe(true);
    expect(gradeTokens().score).toBe(0);
  });
});
