import { directDatabaseUrl } from '@lms/config';
import { createKafka, ensureTopics } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import { createPool, migrateDeploy, runMigrateCommand } from '@lms/postgres';
import type { Logger } from '@lms/runtime';
import type { CoreConfig } from './core-deps.ts';

export interface MigrationOptions {
  service: string;
  migrationsDir: string;
  config: CoreConfig;
  log: Logger;
}

/** Runs `migrate` of a service for its tables, job tables and topics. `args` are those of runMigrateCommand. */
export async function migrate(options: MigrationOptions & { args: string[] }): Promise<void> {
  const { service, config, log } = options;
  await runMigrateCommand({
    ...targetOf(options),
    args: options.args,
    async afterDeploy() {
      await migrateJobTables(options);
      const kafka = createKafka({ config, clientId: `lms-${service}-migrate`, log });
      await ensureTopics({ kafka, config, log });
    },
  });
}

/** The database part of `migrate`, for tests that need no topics. */
export async function migrateDatabase(options: MigrationOptions): Promise<void> {
  await migrateDeploy(targetOf(options));
  await migrateJobTables(options);
}

async function migrateJobTables({ service, config, log }: MigrationOptions): Promise<void> {
  const pool = createPool({
    databaseUrl: directDatabaseUrl(config),
    schema: service,
    poolSize: 1,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: `${service}-migrate`,
    log,
  });
  await migrateJobs({ pool, service, log }).finally(() => pool.end());
}

function targetOf({ service, migrationsDir, config, log }: MigrationOptions) {
  return { databaseUrl: directDatabaseUrl(config), schema: service, migrationsDir, log };
}
