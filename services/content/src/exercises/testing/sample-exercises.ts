import { randomUUID } from 'node:crypto';
import {
  type Answer,
  type Exercise,
  type ExerciseKind,
  type ExerciseOf,
  exercise,
  gradeAnswer,
  type LearnerExercise,
  toLearnerView,
} from '../exercise-kinds.ts';

/** An exercise of each kind, as authors write them. */
const prompt = { en: 'Do it.', vi: 'Làm đi.' };
const raw = [
  {
    kind: 'mcq',
    prompt,
    content: {
      question: 'xin chào',
      options: ['Hello', 'Goodbye', { text: 'Thanks', image: 'media/images/t.png' }],
    },
    solution: { correct: 0 },
    explanation: { en: 'SECRET because' },
  },
  {
    kind: 'fill_blank',
    prompt,
    content: { text: 'She ___ from ___ Nam.', language: 'en', choices: ['is', 'am', 'Viet', 'are'] },
    solution: { blanks: [['is'], ['Viet']] },
  },
  {
    kind: 'matching',
    prompt,
    solution: {
      pairs: [
        ['apple', { image: 'media/images/apple.png' }],
        ['bread', 'bánh mì'],
        ['rice', 'cơm'],
        ['tea', 'trà'],
      ],
    },
  },
  {
    kind: 'reorder',
    prompt,
    content: { language: 'en', text: 'Tôi đến từ Huế', extraTokens: ['to'] },
    solution: { tokens: ['I', 'am', 'from', 'Hue'], alternatives: [['from', 'Hue', 'I', 'am']] },
  },
  {
    kind: 'translation',
    prompt,
    content: { text: 'Tôi là giáo viên.', from: 'vi', to: 'en' },
    solution: { accepted: ['I am a teacher.', 'I work as a teacher.'] },
  },
  {
    kind: 'listening',
    prompt,
    content: { audio: 'media/audio/seven.mp3', options: ['7', '17', '70'], keepOrder: true },
    solution: { correct: 2, transcript: 'SECRET seventy' },
  },
  {
    kind: 'dictation',
    prompt,
    content: { audio: 'media/audio/a.mp3', language: 'en' },
    solution: { accepted: ['Nice to meet you.'] },
  },
  {
    kind: 'speaking',
    prompt,
    content: { language: 'en' },
    solution: { expectedText: 'SECRET how much is it' },
  },
  {
    kind: 'writing',
    prompt,
    content: { language: 'en', minWords: 10, maxWords: 50 },
    solution: { sample: 'SECRET sample' },
  },
];

export const sampleExercises: Exercise[] = raw.map((each) => exercise.parse(each));

export function sampleExercise<K extends ExerciseKind>(kind: K): ExerciseOf<K> {
  return sampleExercises.find((each) => each.kind === kind) as ExerciseOf<K>;
}

export function viewOf(id: string, exercise: Exercise): LearnerExercise {
  return toLearnerView(exercise, {
    id,
    languages: ['vi'],
    mediaUrl: (path) => `https://cdn.example/${path}`,
  });
}

/** Grades an answer to an exercise that is graded at once. */
export function gradeOf(exercise: Exercise, answer: Answer, id = sampleId) {
  const grade = gradeAnswer({ id, exercise, answer });
  if (!grade.graded) throw new Error(`${exercise.kind} is not graded at once`);
  return grade;
}

/** Problems of an exercise that an author wrote, for example `solution.correct: …`. */
export function problemsOf(value: unknown): string[] {
  const issues = exercise.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

export const sampleId = '0190a000-0000-7000-8000-000000000001';

/** Ids of exercises that show their options, pairs and words in different orders. */
export const sampleIds = Array.from({ length: 50 }, () => randomUUID());

/** The right answer, derived from the learner's view and the author's solution. */
export function rightAnswer(id: string, exercise: Exercise): Answer {
  const view = viewOf(id, exercise);
  switch (exercise.kind) {
    case 'mcq':
    case 'listening': {
      const right = exercise.content.options[exercise.solution.correct];
      const shown = (view as Extract<LearnerExercise, { kind: 'mcq' }>).content.options;
      const choice = shown.findIndex(
        ({ text, imageUrl, audioUrl }) =>
          text === (right?.text ?? null) &&
          (imageUrl?.endsWith(right?.image ?? '?') ?? !right?.image) &&
          (audioUrl?.endsWith(right?.audio ?? '?') ?? !right?.audio),
      );
      return { kind: exercise.kind, choice };
    }
    case 'fill_blank':
      return { kind: 'fill_blank', blanks: exercise.solution.blanks.map(([best]) => best as string) };
    case 'matching': {
      const { left, right } = (view as Extract<LearnerExercise, { kind: 'matching' }>).content;
      const pairs = exercise.solution.pairs.map(([, expected], index) => ({
        left: left[index]?.id as string,
        right: right.find(
          ({ text, imageUrl }) =>
            text === (expected.text ?? null) &&
            (imageUrl?.endsWith(expected.image ?? '?') ?? !expected.image),
        )?.id as string,
      }));
      return { kind: 'matching', pairs };
    }
    case 'reorder':
      return { kind: 'reorder', tokens: exercise.solution.tokens };
    case 'translation':
    case 'dictation':
      return { kind: exercise.kind, text: exercise.solution.accepted[0] as string };
    case 'speaking':
      return { kind: 'speaking', assetId: '0190a000-0000-7000-8000-00000000000a' };
    case 'writing':
      return { kind: 'writing', text: 'I like tea.' };
  }
}
