import { join } from 'node:path';
import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { aiVariables } from './config.ts';
import { consumers } from './consumers.ts';
import { createDeps, PrismaClient, serviceName } from './deps.ts';
import { jobs, schedules } from './jobs.ts';
import { apiKeyOf } from './providers/index.ts';
import { routes } from './routes.ts';

export const ai = defineService({
  name: serviceName,
  version: manifest.version,
  variables: aiVariables,
  checkConfig: apiKeyOf,
  database: { PrismaClient, migrationsDir: join(import.meta.dirname, '../prisma/migrations') },
  routes,
  accessTokenKeys: ({ config }) => ({ jwksUrl: config.AUTH_JWKS_URL }),
  consumers,
  jobs,
  schedules,
  // A job spends nearly all of its time waiting for the provider.
  jobConcurrency: 8,
  health: ({ objectStore }) => ({ objectStore: (signal) => objectStore.ping(signal) }),
  createDeps,
});
