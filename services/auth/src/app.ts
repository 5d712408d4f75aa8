import { createHttpApp, openApiDocument, type Route } from '@lms/http';
import { databaseUnavailable } from '@lms/postgres';
import type { Metrics } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
import type { Deps } from './deps.ts';
import { emailRoutes } from './emails/routes.ts';
import { erasureRoutes } from './erasures/routes.ts';
import { passwordRoutes } from './passwords/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { tokenRoutes } from './tokens/routes.ts';
import { userRoutes } from './users/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [
  ...sessionRoutes,
  ...emailRoutes,
  ...passwordRoutes,
  ...userRoutes,
  ...erasureRoutes,
  ...tokenRoutes,
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
  return openApiDocument({ title: 'LMS auth', version: manifest.version, routes });
}
