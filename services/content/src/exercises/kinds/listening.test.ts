import { expect, it } from '@jest/globals';
import { sampleExercise, sampleIds, viewOf } from '../testing/sample-exercises.ts';

it('listening keeps the order of options with keepOrder', () => {
  for (const id of sampleIds) {
    const view = viewOf(id, sampleExercise('listening'));
    if (view.kind !== 'listening') throw new Error('another kind');
    expect(view.content.options.map(({ text }) => text)).toEqual(['7', '17', '70']);
  }
});
