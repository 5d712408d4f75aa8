import { z } from 'zod';
import type { AnswerProblem, FileUrlOf } from './define-kind.ts';
import { fullMarks, type Grade, noMarks } from './grade.ts';
import { shuffledOrder } from './order.ts';
import { type Stimulus, shownStimulus, showStimulus, stimulus } from './stimulus.ts';

/** Parts shared by the kinds in which the learner chooses one of several options. */
export const choiceFields = {
  question: stimulus.optional(),
  options: z.array(stimulus).min(2).max(8),
  /** True if the order has a meaning (numbers, sizes); otherwise options are shuffled. */
  keepOrder: z.boolean().optional(),
};
export const choiceSolution = { correct: z.int().min(0).max(7) };
export const choiceView = { question: shownStimulus.nullable(), options: z.array(shownStimulus) };
export const shownChoice = {
  choice: z.int(),
  text: z.string().nullable().describe('Text of the correct option; null if it is an image or audio'),
};

interface ChoiceExercise {
  id: string;
  content: {
    question?: Stimulus | undefined;
    options: Stimulus[];
    keepOrder?: boolean | undefined;
  };
  solution: { correct: number };
}

/** Definitions that these kinds share. */
export const choosing = {
  check: correctIsAnOption,
  answer: {
    choice: z.int().min(0).max(7).describe('Position of the chosen option in the displayed order, from 0'),
  },
  answerProblems: choiceProblems,
  grade: gradeChoice,
};

export function showOptions(exercise: ChoiceExercise, urlOf: FileUrlOf) {
  const { question, options } = exercise.content;
  return {
    question: question ? showStimulus(question, urlOf) : null,
    options: optionOrder(exercise).map((index) => showStimulus(options[index] as Stimulus, urlOf)),
  };
}

export function showChoice(exercise: ChoiceExercise) {
  const { correct } = exercise.solution;
  return {
    choice: optionOrder(exercise).indexOf(correct),
    text: exercise.content.options[correct]?.text ?? null,
  };
}

function correctIsAnOption(
  { content, solution }: Omit<ChoiceExercise, 'id'>,
  context: z.RefinementCtx,
): void {
  if (solution.correct >= content.options.length)
    context.addIssue({
      code: 'custom',
      path: ['solution', 'correct'],
      message: `there is no option ${solution.correct}: options are numbered from 0 to ${content.options.length - 1}`,
    });
}

function choiceProblems(
  { choice }: { choice: number },
  { content: { options } }: ChoiceExercise,
): AnswerProblem[] {
  return choice < options.length ? [] : [{ path: 'choice', message: `must be below ${options.length}` }];
}

function gradeChoice({ choice }: { choice: number }, exercise: ChoiceExercise): Grade {
  const { content, solution } = exercise;
  const chosen = optionOrder(exercise)[choice];
  if (chosen === solution.correct) return fullMarks;
  const textOf = (index: number | undefined) => content.options[index ?? -1]?.text ?? null;
  return noMarks([{ kind: 'wrong', expected: textOf(solution.correct), given: textOf(chosen) }]);
}

/** Maps a position in the view to the position in the exercise. */
function optionOrder({ id, content }: ChoiceExercise): number[] {
  if (content.keepOrder) return content.options.map((_, index) => index);
  return shuffledOrder(id, 'option', content.options.length);
}
