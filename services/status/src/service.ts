import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { statusVariables } from './config.ts';
import { createDeps } from './deps.ts';
import { routes } from './routes.ts';

/** It reports on the others; it needs none of them to be ready itself. */
export const status = defineService({
  name: 'status',
  version: manifest.version,
  variables: statusVariables,
  routes,
  createDeps,
});
