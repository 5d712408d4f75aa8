import { z } from 'zod';
import {
  choiceAnswer,
  choiceFields,
  choiceProblems,
  choiceSolution,
  choiceView,
  correctIsAnOption,
  gradeChoice,
  showChoice,
  shownChoice,
  showOptions,
} from '../choices.ts';
import { defineKind } from '../define-kind.ts';

export const mcq = defineKind({
  kind: 'mcq',
  content: z.strictObject(choiceFields),
  solution: z.strictObject(choiceSolution),
  check: correctIsAnOption,
  defaultPrompt: () => ({ en: 'Choose the right answer.', vi: 'Chọn đáp án đúng.' }),
  view: choiceView,
  toView: showOptions,
  answer: choiceAnswer,
  answerProblems: choiceProblems,
  shownSolution: shownChoice,
  showSolution: showChoice,
  grade: gradeChoice,
});
