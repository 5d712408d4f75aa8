import { createHttpApp, openApiDocument, type Route } from '@lms/http';
import { databaseUnavailable } from '@lms/postgres';
import type { Metrics } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
import type { Deps } from './deps.ts';
import { gradingRoutes } from './grading/routes.ts';
import { usageRoutes } from './usage/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [...gradingRoutes, ...usageRoutes];

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
  return openApiDocument({ title: 'LMS ai', version: manifest.version, routes });
}
