import type { Route } from '@lms/http';
import { assetRoutes } from './assets/routes.ts';
import type { Deps } from './deps.ts';
import { uploadRoutes } from './uploads/routes.ts';

/** Every route of the service. */
export const routes: readonly Route<Deps>[] = [...uploadRoutes, ...assetRoutes];
