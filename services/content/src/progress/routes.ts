import { getCourseProgress } from './get-course-progress.ts';
import { getProgress } from './get-progress.ts';
import { getStreak } from './get-streak.ts';

export const progressRoutes = [getProgress, getStreak, getCourseProgress];
