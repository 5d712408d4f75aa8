import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { exercise, exerciseKinds, exerciseMedia, expectedSpeech } from './exercise.ts';
import { learnerExercise } from './learner-view.ts';
import { sampleExercise, sampleExercises, viewOf } from './testing/sample-exercises.ts';

const ids = Array.from({ length: 50 }, () => randomUUID());

it('knows nine kinds', () => {
  expect(sampleExercises.map(({ kind }) => kind).sort()).toEqual([...exerciseKinds].sort());
});

it('is the same after being stored and read again', () => {
  for (const each of sampleExercises) expect(exercise.parse(JSON.parse(JSON.stringify(each)))).toEqual(each);
});

describe('the learner’s view', () => {
  it.each(sampleExercises.map((each) => [each.kind, each] as const))(
    'of %s has its declared form',
    (_kind, each) => {
      for (const id of ids) expect(learnerExercise.parse(viewOf(id, each))).toEqual(viewOf(id, each));
    },
  );
  it('holds nothing of the solution', () => {
    for (const each of sampleExercises) {
      const shown = JSON.stringify(viewOf(ids[0] as string, each));
      expect(shown).not.toContain('SECRET');
      for (const name of ['solution', 'correct', 'accepted', 'explanation', 'alternatives', 'transcript'])
        expect(shown).not.toContain(`"${name}"`);
    }
    const { solution } = sampleExercise('translation');
    const shown = JSON.stringify(viewOf(ids[0] as string, sampleExercise('translation')));
    for (const text of solution.accepted) expect(shown).not.toContain(text);
  });
  it('is the same each time, and another for another exercise', () => {
    for (const kind of ['mcq', 'matching', 'reorder', 'fill_blank'] as const) {
      const views = ids.map((id) => JSON.stringify({ ...viewOf(id, sampleExercise(kind)), id: '' }));
      expect(JSON.stringify({ ...viewOf(ids[0] as string, sampleExercise(kind)), id: '' })).toBe(views[0]);
      expect(new Set(views).size).toBeGreaterThan(2);
    }
  });
  it('never shows the words of a sentence in order', () => {
    const each = sampleExercise('reorder');
    const plain = { ...each, content: { language: 'en' } };
    for (const id of ids) {
      const view = viewOf(id, plain);
      if (view.kind !== 'reorder') throw new Error('another kind');
      expect(view.content.tokens).not.toEqual(each.solution.tokens);
      expect([...view.content.tokens].sort()).toEqual([...each.solution.tokens].sort());
    }
  });
  it('keeps the order of options where it means something', () => {
    for (const id of ids) {
      const view = viewOf(id, sampleExercise('listening'));
      if (view.kind !== 'listening') throw new Error('another kind');
      expect(view.content.options.map(({ text }) => text)).toEqual(['7', '17', '70']);
    }
  });
  it('shows the right option in any place', () => {
    const places = new Set(
      ids.map((id) => {
        const view = viewOf(id, sampleExercise('mcq'));
        return view.kind === 'mcq' ? view.content.options.findIndex(({ text }) => text === 'Hello') : -1;
      }),
    );
    expect(places).toEqual(new Set([0, 1, 2]));
  });
  it('picks the prompt in the wanted language, and files as URLs', () => {
    expect(viewOf(ids[0] as string, sampleExercise('dictation'))).toMatchObject({
      prompt: 'Làm đi.',
      content: { audioUrl: 'https://cdn.example/media/audio/a.mp3', slowAudioUrl: null },
    });
  });
});

describe('what authors get wrong', () => {
  const problems = (value: unknown) =>
    exercise.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  it.each([
    [
      'an option that is not there',
      { ...sampleExercise('mcq'), solution: { correct: 3 } },
      /^solution.correct: there is no option 3/,
    ],
    [
      'blanks without answers',
      { ...sampleExercise('fill_blank'), solution: { blanks: [['is']] } },
      /^content.text: has 2 blanks/,
    ],
    [
      'a blank that no choice fills',
      { ...sampleExercise('fill_blank'), solution: { blanks: [['was'], ['Viet']] } },
      /^solution.blanks.0: is not among/,
    ],
    [
      'a path out of the tree',
      { ...sampleExercise('dictation'), content: { language: 'en', audio: 'media/../../etc/a.mp3' } },
      /^content.audio: must be a path/,
    ],
    ['an unknown kind', { kind: 'essay', prompt: { en: 'x' } }, /^kind: /],
    [
      'an answer without letters',
      { ...sampleExercise('translation'), solution: { accepted: ['?!'] } },
      /^solution.accepted.0: needs at least one letter/,
    ],
    [
      'a misspelt field',
      { ...sampleExercise('writing'), content: { language: 'en', minWords: 1, maxWords: 2, idea: [] } },
      /^content: .*idea/,
    ],
    [
      'more words than allowed',
      { ...sampleExercise('writing'), content: { language: 'en', minWords: 9, maxWords: 2 } },
      /^content.minWords: /,
    ],
    [
      'speech with nothing to say',
      { ...sampleExercise('speaking'), solution: {} },
      /^solution.expectedText: is needed/,
    ],
  ])('%s', (_what, value, expected) => {
    expect(problems(value)?.[0]).toMatch(expected);
  });
});

it('knows the files of an exercise', () => {
  expect(exerciseMedia(sampleExercise('matching'))).toEqual([
    { path: 'media/images/apple.png', kind: 'image' },
  ]);
  expect(exerciseMedia(sampleExercise('dictation'))).toEqual([{ path: 'media/audio/a.mp3', kind: 'audio' }]);
});

it('expects to hear the text that is read aloud, unless another is given', () => {
  const speaking = sampleExercise('speaking');
  expect(expectedSpeech(speaking)).toBe('SECRET how much is it');
  expect(expectedSpeech({ ...speaking, content: { language: 'en', text: 'Hi' }, solution: {} })).toBe('Hi');
});
