import { expect, it } from '@jest/globals';
import { exerciseMedia } from './exercise-media.ts';
import { sampleExercise } from './testing/sample-exercises.ts';

it('finds the files of an exercise', () => {
  expect(exerciseMedia(sampleExercise('matching'))).toEqual([
    { path: 'media/images/apple.png', kind: 'image' },
  ]);
  expect(exerciseMedia(sampleExercise('dictation'))).toEqual([{ path: 'media/audio/a.mp3', kind: 'audio' }]);
});
