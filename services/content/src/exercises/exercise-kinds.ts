import type { z } from 'zod';
import { combineKinds } from './combine-kinds.ts';
import { dictation } from './kinds/dictation.ts';
import { fillBlank } from './kinds/fill-blank.ts';
import { listening } from './kinds/listening.ts';
import { matching } from './kinds/matching.ts';
import { mcq } from './kinds/mcq.ts';
import { reorder } from './kinds/reorder.ts';
import { speaking } from './kinds/speaking.ts';
import { translation } from './kinds/translation.ts';
import { writing } from './kinds/writing.ts';

/** Every kind of exercise. The only list: schemas, API document, SQL parameters and prompts come from it. */
export const exerciseKinds = [
  mcq,
  listening,
  fillBlank,
  matching,
  reorder,
  translation,
  dictation,
  speaking,
  writing,
] as const;

export const {
  kindNames,
  submittedKindNames,
  skippableKindNames,
  neededMediaFields,
  exercise,
  answer,
  learnerExercise,
  shownSolution,
  defaultsOf,
  neededMedia,
  toLearnerView,
  answerProblems,
  showSolution,
  gradeAnswer,
  findWork,
} = combineKinds(exerciseKinds);

export type ExerciseKind = (typeof kindNames)[number];
export type SubmittedKind = (typeof submittedKindNames)[number];
export type Exercise = z.output<typeof exercise>;
export type ExerciseOf<K extends ExerciseKind> = Extract<Exercise, { kind: K }>;
export type Answer = z.output<typeof answer>;
export type AnswerOf<K extends ExerciseKind> = Extract<Answer, { kind: K }>;
export type LearnerExercise = z.output<typeof learnerExercise>;
export type ShownSolution = z.output<typeof shownSolution>;
