import { z } from 'zod';
import type { Answer, AnswerOf } from './answer.ts';
import type { Mistake } from './compare-words.ts';
import type { Stimulus } from './course-text.ts';
import { type Exercise, type ExerciseOf, expectedSpeech } from './exercise.ts';
import { gradeText } from './grade-text.ts';
import { optionOrder } from './learner-view.ts';
import { pairIds } from './order.ts';

/** What is shown after an answer. Positions and ids are those of the learner's view. */
export const shownSolution = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('mcq'),
    choice: z.int(),
    text: z.string().nullable().describe('Text of the right option; null: it is a picture or a sound'),
  }),
  z.object({
    kind: z.literal('listening'),
    choice: z.int(),
    text: z.string().nullable(),
    transcript: z.string().nullable(),
  }),
  z.object({ kind: z.literal('fill_blank'), blanks: z.array(z.string()) }),
  z.object({
    kind: z.literal('matching'),
    pairs: z.array(z.object({ left: z.string(), right: z.string() })),
  }),
  z.object({ kind: z.literal('reorder'), tokens: z.array(z.string()) }),
  z.object({ kind: z.literal('translation'), text: z.string(), alternatives: z.array(z.string()) }),
  z.object({ kind: z.literal('dictation'), text: z.string(), alternatives: z.array(z.string()) }),
  z.object({ kind: z.literal('speaking'), text: z.string() }),
  z.object({ kind: z.literal('writing'), sample: z.string().nullable() }),
]);
export type ShownSolution = z.output<typeof shownSolution>;

/** One thing that is not as it should be. */
export const shownMistake = z.object({
  kind: z.enum(['accent', 'typo', 'spacing', 'wrong', 'missing', 'extra', 'order']),
  expected: z.string().nullable(),
  given: z.string().nullable(),
});

export type GradedAnswer =
  /** `score` is 0 to 1. A correct answer may have mistakes: forgotten accents, a typo. */
  | { graded: true; correct: boolean; score: number; solution: ShownSolution; mistakes: Mistake[] }
  /** Speech and writing: the ai service grades. */
  | { graded: false; solution: ShownSolution };

/**
 * Grades an answer whose form is right (`answerProblems`); what does not fit the exercise counts as wrong.
 * @param id the exercise's, which decides the order that the learner saw.
 */
export function gradeAnswer({
  id,
  exercise,
  answer,
}: {
  id: string;
  exercise: Exercise;
  answer: Answer;
}): GradedAnswer {
  const solution = showSolution(id, exercise);
  if (exercise.kind === 'speaking' || exercise.kind === 'writing') return { graded: false, solution };
  if (answer.kind !== exercise.kind) return wrong(solution);
  switch (exercise.kind) {
    case 'mcq':
    case 'listening':
      return gradeChoice(id, exercise, { answer: answer as AnswerOf<'mcq' | 'listening'>, solution });
    case 'fill_blank':
      return gradeBlanks(exercise, answer as AnswerOf<'fill_blank'>, solution);
    case 'matching':
      return gradeMatching(id, exercise, { answer: answer as AnswerOf<'matching'>, solution });
    case 'reorder':
      return gradeReorder(exercise, answer as AnswerOf<'reorder'>, solution);
    case 'translation':
    case 'dictation': {
      const { text: given } = answer as AnswerOf<'translation' | 'dictation'>;
      const language = exercise.kind === 'translation' ? exercise.content.to : exercise.content.language;
      const { accepted } = exercise.solution;
      const { closest, ...grade } = gradeText({ given, accepted, language, typos: true });
      const alternatives = accepted.filter((text) => text !== closest).slice(0, 5);
      return { graded: true, ...grade, solution: { kind: exercise.kind, text: closest, alternatives } };
    }
  }
}

/** The solution as it is shown once the exercise was answered. */
export function showSolution(id: string, exercise: Exercise): ShownSolution {
  switch (exercise.kind) {
    case 'mcq':
    case 'listening': {
      const { correct } = exercise.solution;
      const shown = {
        choice: optionOrder(id, exercise).indexOf(correct),
        text: exercise.content.options[correct]?.text ?? null,
      };
      if (exercise.kind === 'mcq') return { kind: 'mcq', ...shown };
      return { kind: 'listening', ...shown, transcript: exercise.solution.transcript ?? null };
    }
    case 'fill_blank':
      return { kind: 'fill_blank', blanks: exercise.solution.blanks.map(([best]) => best ?? '') };
    case 'matching': {
      const { left, right } = pairIds(id, exercise.solution.pairs.length);
      return {
        kind: 'matching',
        pairs: left.map((each, index) => ({ left: each, right: right[index] as string })),
      };
    }
    case 'reorder':
      return { kind: 'reorder', tokens: exercise.solution.tokens };
    case 'translation':
    case 'dictation': {
      const [text = '', ...others] = exercise.solution.accepted;
      return { kind: exercise.kind, text, alternatives: others.slice(0, 5) };
    }
    case 'speaking':
      return { kind: 'speaking', text: expectedSpeech(exercise) };
    case 'writing':
      return { kind: 'writing', sample: exercise.solution.sample ?? null };
  }
}

function gradeChoice(
  id: string,
  exercise: ExerciseOf<'mcq' | 'listening'>,
  { answer, solution }: { answer: AnswerOf<'mcq' | 'listening'>; solution: ShownSolution },
): GradedAnswer {
  const chosen = optionOrder(id, exercise)[answer.choice];
  if (chosen === exercise.solution.correct) return right(solution);
  const textOf = (index: number | undefined) => exercise.content.options[index ?? -1]?.text ?? null;
  return wrong(solution, [
    { kind: 'wrong', expected: textOf(exercise.solution.correct), given: textOf(chosen) },
  ]);
}

function gradeBlanks(
  { content, solution: { blanks } }: ExerciseOf<'fill_blank'>,
  answer: AnswerOf<'fill_blank'>,
  solution: ShownSolution,
): GradedAnswer {
  const { language } = content;
  const grades = blanks.map((accepted, index) => ({
    accepted,
    given: answer.blanks[index] ?? '',
    ...gradeText({ given: answer.blanks[index] ?? '', accepted, language, typos: false }),
  }));
  const correct = grades.every((grade) => grade.correct);
  const points = grades.map((grade) => (grade.correct ? grade.score : 0));
  const average = points.reduce((sum, value) => sum + value, 0) / blanks.length;
  return {
    graded: true,
    correct,
    score: correct ? Math.min(...points) : Math.round(average * 100) / 100,
    solution,
    mistakes: grades.flatMap(({ correct, mistakes, accepted, given }): Mistake[] =>
      correct
        ? mistakes
        : [{ kind: given.trim() ? 'wrong' : 'missing', expected: accepted[0] ?? null, given }],
    ),
  };
}

function gradeMatching(
  id: string,
  { solution: { pairs } }: ExerciseOf<'matching'>,
  { answer, solution }: { answer: AnswerOf<'matching'>; solution: ShownSolution },
): GradedAnswer {
  const ids = pairIds(id, pairs.length);
  const mistakes: Mistake[] = [];
  const usedRight = new Set<string>();
  for (const [index, [left, right]] of pairs.entries()) {
    const given = answer.pairs.filter((pair) => pair.left === ids.left[index]);
    const chosenId = given.length === 1 ? given[0]?.right : undefined;
    const chosen = chosenId === undefined ? undefined : pairs[ids.right.indexOf(chosenId)]?.[1];
    // Two pairs may look the same on the right: then either will do, but each only once.
    const isRight = chosen && sameStimulus(chosen, right) && !usedRight.has(chosenId ?? '');
    if (chosenId !== undefined) usedRight.add(chosenId);
    if (isRight) continue;
    const pairText = (side: Stimulus | undefined) => (side ? `${labelOf(left)} – ${labelOf(side)}` : null);
    mistakes.push({
      kind: chosen ? 'wrong' : 'missing',
      expected: pairText(right),
      given: pairText(chosen),
    });
  }
  if (mistakes.length === 0) return right(solution);
  const score = Math.round(((pairs.length - mistakes.length) / pairs.length) * 100) / 100;
  return { graded: true, correct: false, score, solution, mistakes };
}

function gradeReorder(
  { content: { language }, solution: { tokens, alternatives = [] } }: ExerciseOf<'reorder'>,
  answer: AnswerOf<'reorder'>,
  solution: ShownSolution,
): GradedAnswer {
  const accepted = [tokens, ...alternatives].map((each) => each.join(' '));
  const given = answer.tokens.join(' ');
  const { correct, score, mistakes } = gradeText({ given, accepted, language, typos: false });
  // The words come from the exercise, so nothing is misspelt: all there is to get wrong is choice and order.
  const isRight = correct && mistakes.every(({ kind }) => kind === 'spacing');
  if (isRight) return right(solution);
  const sorted = (words: string[]) => [...words].sort().join('\n');
  const onlyOrder = sorted(answer.tokens) === sorted(tokens);
  return {
    graded: true,
    correct: false,
    score: Math.min(score, 0.5),
    solution,
    mistakes: onlyOrder ? [{ kind: 'order', expected: tokens.join(' '), given }] : mistakes,
  };
}

function right(solution: ShownSolution): GradedAnswer {
  return { graded: true, correct: true, score: 1, solution, mistakes: [] };
}

function wrong(solution: ShownSolution, mistakes: Mistake[] = []): GradedAnswer {
  return { graded: true, correct: false, score: 0, solution, mistakes };
}

function sameStimulus(a: Stimulus, b: Stimulus): boolean {
  return a.text === b.text && a.image === b.image && a.audio === b.audio;
}

function labelOf({ text, image, audio }: Stimulus): string {
  // A file is called what it shows.
  return text ?? (image ?? audio ?? '').replace(/^.*\/|\.[^.]*$/g, '');
}
