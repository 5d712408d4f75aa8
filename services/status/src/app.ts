import { createHttpApp, openApiDocument, type Route } from '@lms/http';
import type { Metrics } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
import type { Deps } from './deps.ts';
import { docsRoutes } from './docs/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { statusPageRoutes } from './status-page/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [...healthRoutes, ...statusPageRoutes, ...docsRoutes];

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
  });
}

export function openApi(): object {
  return openApiDocument({ title: 'LMS status', version: manifest.version, routes });
}
