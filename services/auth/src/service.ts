import { join } from 'node:path';
import { waitForRedis } from '@lms/redis';
import { defineService } from '@lms/service';
import manifest from '../package.json' with { type: 'json' };
import { authVariables } from './config.ts';
import { consumers } from './consumers.ts';
import { createDeps, PrismaClient, serviceName } from './deps.ts';
import { jobs, schedules } from './jobs.ts';
import { routes } from './routes.ts';
import { seedAccounts } from './users/seed-accounts.ts';
import { setRole } from './users/set-role.ts';
import { warmUp } from './warm-up.ts';

export const auth = defineService({
  name: serviceName,
  version: manifest.version,
  variables: authVariables,
  database: { PrismaClient, migrationsDir: join(import.meta.dirname, '../prisma/migrations') },
  routes,
  accessTokenKeys: ({ deps }) => ({ jwks: deps.accessTokens.jwks }),
  consumers,
  jobs,
  schedules,
  createDeps,
  warmUp,
  commands: {
    seed: ({ config, deps }) =>
      seedAccounts(config.SEED_ACCOUNTS ?? [], { ...deps, environment: config.NODE_ENV }),
    async 'set-role'({ deps, args }) {
      await waitForRedis(deps.redis).catch(() => undefined);
      await setRole(args, deps);
    },
  },
});
