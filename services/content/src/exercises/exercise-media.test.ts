import { expect, it } from 'vitest';
import { exerciseMedia } from './exercise-media.ts';
import { sampleExercise } from './testing/sample-exercises.ts';

it('knows the files of an exercise', () => {
  expect(exerciseMedia(sampleExercise('matching'))).toEqual([
    { path: 'media/images/apple.png', kind: 'image' },
  ]);
  expect(exerciseMedia(sampleExercise('dictation'))).toEqual([{ path: 'media/audio/a.mp3', kind: 'audio' }]);
});
