import type { Route } from '@lms/http';
import type { Deps } from './deps.ts';
import { docsRoutes } from './docs/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { statusPageRoutes } from './status-page/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [...healthRoutes, ...statusPageRoutes, ...docsRoutes];
