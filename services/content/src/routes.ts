import type { Route } from '@lms/http';
import { answerRoutes } from './answers/routes.ts';
import { courseRoutes } from './courses/routes.ts';
import type { Deps } from './deps.ts';
import { enrollmentRoutes } from './enrollments/routes.ts';
import { importRoutes } from './imports/routes.ts';
import { leaderboardRoutes } from './leaderboards/routes.ts';
import { lessonRoutes } from './lessons/routes.ts';
import { progressRoutes } from './progress/routes.ts';
import { submissionRoutes } from './submissions/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [
  ...courseRoutes,
  ...importRoutes,
  ...enrollmentRoutes,
  ...lessonRoutes,
  ...answerRoutes,
  ...submissionRoutes,
  ...progressRoutes,
  ...leaderboardRoutes,
];
