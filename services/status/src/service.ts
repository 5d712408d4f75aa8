import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { statusVariables } from './config.ts';
import { createDeps } from './deps.ts';
import { routes } from './routes.ts';

/** This service reports on the others, but is ready without them. */
export const status = defineService({
  name: 'status',
  version: manifest.version,
  variables: statusVariables,
  routes,
  createDeps,
});
