import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { combineKinds } from './combine-kinds.ts';
import { audioPath, courseText } from './course-text.ts';
import { defineKind } from './define-kind.ts';
import { exerciseKinds } from './exercise-kinds.ts';
import { fullMarks, noMarks } from './grade.ts';
import { inLearnedLanguage } from './learned-language.ts';
import { shownUrl } from './stimulus.ts';
import { sampleExercises, sampleId } from './testing/sample-exercises.ts';

/** A kind that the service does not have, declared like a file in `kinds/`. */
const oddOneOut = defineKind({
  kind: 'odd_one_out',
  content: z.strictObject({
    words: z.array(courseText(50)).min(3).max(6),
    language: z.string(),
    audio: audioPath,
  }),
  solution: z.strictObject({ odd: z.string() }),
  check({ content, solution }, context) {
    if (!content.words.includes(solution.odd))
      context.addIssue({ code: 'custom', path: ['solution', 'odd'], message: 'is not among the words' });
  },
  defaultPrompt: () => ({ en: 'Which word does not belong here?' }),
  withLanguages: inLearnedLanguage,
  neededMedia: ['audio'],
  mayBeSkipped: true,
  view: { words: z.array(z.string()), audioUrl: shownUrl },
  toView: ({ content: { words, audio } }, urlOf) => ({ words, audioUrl: urlOf(audio) }),
  answer: { word: z.string().max(50) },
  answerProblems: ({ word }, { content: { words } }) =>
    words.includes(word) ? [] : [{ path: 'word', message: 'is not among the words' }],
  shownSolution: { odd: z.string() },
  showSolution: ({ solution }) => solution,
  grade: ({ word }, { solution }) => (word === solution.odd ? fullMarks : noMarks()),
});

describe('a tenth kind in the list', () => {
  const kinds = combineKinds([...exerciseKinds, oddOneOut]);
  const written = {
    kind: 'odd_one_out',
    prompt: { en: 'Which one is no fruit?' },
    content: { words: ['apple', 'pear', 'bread'], language: 'en', audio: 'media/audio/fruit.mp3' },
    solution: { odd: 'bread' },
  };
  const exercise = kinds.exercise.parse(written);

  it('adds its schema to the others', () => {
    expect(exercise).toEqual({ ...written, items: [] });
    const wrong = kinds.exercise.safeParse({ ...written, solution: { odd: 'tea' } });
    expect(wrong.error?.issues).toMatchObject([{ path: ['solution', 'odd'] }]);
    for (const each of sampleExercises) expect(kinds.exercise.parse(each)).toEqual(each);
  });

  it('is shown without its solution', () => {
    const mediaUrl = (path: string) => `https://cdn.example/${path}`;
    const view = kinds.toLearnerView(exercise, { id: sampleId, languages: ['en'], mediaUrl });
    expect(view).toEqual({
      id: sampleId,
      kind: 'odd_one_out',
      prompt: 'Which one is no fruit?',
      content: {
        words: ['apple', 'pear', 'bread'],
        audioUrl: 'https://cdn.example/media/audio/fruit.mp3',
      },
    });
    expect(kinds.learnerExercise.parse(view)).toEqual(view);
  });

  it('checks, grades and explains its answers', () => {
    const answerOf = (word: string) => kinds.answer.parse({ kind: 'odd_one_out', word });
    const check = (word: string) =>
      kinds.answerProblems({ id: sampleId, exercise, answer: answerOf(word) }).map(({ path }) => path);
    expect([check('bread'), check('tea')]).toEqual([[], ['body.answer.word']]);
    const solution = { kind: 'odd_one_out', odd: 'bread' };
    const grade = (word: string) => kinds.gradeAnswer({ id: sampleId, exercise, answer: answerOf(word) });
    expect(grade('bread')).toMatchObject({ graded: true, correct: true, score: 1, solution });
    expect(grade('pear')).toMatchObject({ graded: true, correct: false, score: 0, solution });
    expect(kinds.shownSolution.parse(solution)).toEqual(solution);
  });

  it('adds its defaults to course files and its fields to the SQL parameters', () => {
    const { content, prompt } = kinds.defaultsOf('odd_one_out', {}, { language: 'en', forLanguage: 'vi' });
    expect({ content, prompt }).toEqual({
      content: { language: 'en' },
      prompt: { en: 'Which word does not belong here?' },
    });
    expect(kinds.neededMedia(exercise)).toEqual(['media/audio/fruit.mp3']);
    expect(kinds.neededMediaFields).toContainEqual({ kind: 'odd_one_out', field: 'audio' });
    expect(kinds.skippableKindNames).toEqual(['speaking', 'odd_one_out']);
    expect(kinds.kindNames).toHaveLength(exerciseKinds.length + 1);
    expect(kinds.submittedKindNames).toEqual(['speaking', 'writing']);
  });
});
