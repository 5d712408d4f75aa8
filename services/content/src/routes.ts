import type { Route } from '@lms/http';
import { answerRoutes } from './answers/routes.ts';
import { courseEditorRoutes } from './courses/editor-routes.ts';
import { courseRoutes } from './courses/routes.ts';
import type { Deps } from './deps.ts';
import { enrollmentRoutes } from './enrollments/routes.ts';
import { getWeeklyLeaderboard } from './leaderboards/get-weekly.ts';
import { lessonRoutes } from './lessons/routes.ts';
import { getCourseProgress } from './progress/get-course-progress.ts';
import { getProgress } from './progress/get-progress.ts';
import { getStreak } from './progress/get-streak.ts';
import { submissionRoutes } from './submissions/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [
  ...courseRoutes,
  ...courseEditorRoutes,
  ...enrollmentRoutes,
  ...lessonRoutes,
  ...answerRoutes,
  ...submissionRoutes,
  getProgress,
  getStreak,
  getCourseProgress,
  getWeeklyLeaderboard,
];
