import { z } from 'zod';
import {
  choiceFields,
  choiceSolution,
  choiceView,
  choosing,
  showChoice,
  shownChoice,
  showOptions,
} from '../choices.ts';
import { defineKind } from '../define-kind.ts';

export const mcq = defineKind({
  kind: 'mcq',
  ...choosing,
  content: z.strictObject(choiceFields),
  solution: z.strictObject(choiceSolution),
  defaultPrompt: () => ({ en: 'Choose the right answer.', vi: 'Chọn đáp án đúng.' }),
  view: choiceView,
  toView: showOptions,
  shownSolution: shownChoice,
  showSolution: showChoice,
});
