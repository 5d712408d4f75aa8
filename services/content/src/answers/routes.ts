import { answerExercise } from './answer-exercise.ts';

export const answerRoutes = [answerExercise];
