import { join } from 'node:path';
import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { answerPartitions } from './answers/answer-partitions.ts';
import { contentVariables } from './config.ts';
import { consumers } from './consumers.ts';
import { createDeps, PrismaClient, serviceName } from './deps.ts';
import { jobs, schedules } from './jobs.ts';
import { routes } from './routes.ts';
import { warmUp } from './warm-up.ts';

export const content = defineService({
  name: serviceName,
  version: manifest.version,
  variables: contentVariables,
  database: {
    PrismaClient,
    migrationsDir: join(import.meta.dirname, '../prisma/migrations'),
    partitionedTables: [answerPartitions],
  },
  routes,
  accessTokenKeys: ({ config }) => ({ jwksUrl: config.AUTH_JWKS_URL }),
  consumers,
  consumerTransactions: 'sql',
  jobs,
  schedules,
  createDeps,
  warmUp,
});
