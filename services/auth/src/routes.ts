import type { Route } from '@lms/http';
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
