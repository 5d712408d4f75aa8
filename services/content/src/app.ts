import { createHttpApp, openApiDocument, type Route } from '@lms/http';
import { databaseUnavailable } from '@lms/postgres';
import type { Metrics } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
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
