import { join } from 'node:path';
import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { mediaVariables } from './config.ts';
import { consumers } from './consumers.ts';
import { createDeps, PrismaClient, serviceName } from './deps.ts';
import { jobs, schedules } from './jobs.ts';
import { routes } from './routes.ts';

export const media = defineService({
  name: serviceName,
  version: manifest.version,
  variables: mediaVariables,
  database: { PrismaClient, migrationsDir: join(import.meta.dirname, '../prisma/migrations') },
  routes,
  accessTokenKeys: ({ config }) => ({ jwksUrl: config.AUTH_JWKS_URL }),
  consumers,
  jobs,
  schedules,
  health: ({ objectStore }) => ({ objectStore: (signal) => objectStore.ping(signal) }),
  createDeps,
  // Signing is a local computation, with a large library. The request is not sent.
  warmUp: async ({ objectStore }) =>
    void (await objectStore.signDownload({ key: 'warm-up', expiresInSeconds: 60 })),
});
