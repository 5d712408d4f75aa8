import { completeLesson } from './complete-lesson.ts';
import { getLesson } from './get-lesson.ts';
import { startLesson } from './start-lesson.ts';

export const lessonRoutes = [getLesson, startLesson, completeLesson];
