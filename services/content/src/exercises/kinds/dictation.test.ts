import { expect, it } from '@jest/globals';
import { problemsOf, sampleExercise, sampleId, viewOf } from '../testing/sample-exercises.ts';

const each = sampleExercise('dictation');

it('dictation shows its audio files as URLs', () => {
  expect(viewOf(sampleId, each)).toMatchObject({
    content: { audioUrl: 'https://cdn.example/media/audio/a.mp3', slowAudioUrl: null },
  });
});

it('dictation refuses a path outside the tree', () => {
  const content = { language: 'en', audio: 'media/../../etc/a.mp3' };
  expect(problemsOf({ ...each, content })[0]).toMatch(/^content.audio: must be a path/);
});
