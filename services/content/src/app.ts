import { createHttpApp, openApiDocument, type Route } from '@lms/http';
import { databaseUnavailable } from '@lms/postgres';
import type { Metrics } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
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

/** Builds the HTTP side of the service. */
export function createApp(
  deps: Deps,
  options: { metrics: Metrics; trustProxyHops: number; corsOrigins: readonly string[] },
) {
  return createHttpApp({
    ...options,
    routes,
    deps,
    log: deps.log,
    verifyAccessToken: deps.verifyAccessToken,
    rateLimiter: deps.rateLimiter,
    isUnavailable: databaseUnavailable,
  });
}

export function openApi(): object {
  return openApiDocument({ title: 'LMS content', version: manifest.version, routes });
}
