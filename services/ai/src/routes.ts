import type { Route } from '@lms/http';
import type { Deps } from './deps.ts';
import { gradingRoutes } from './grading/routes.ts';
import { usageRoutes } from './usage/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [...gradingRoutes, ...usageRoutes];
