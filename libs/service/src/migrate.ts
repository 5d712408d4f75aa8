import { directDatabaseUrl } from '@lms/config';
import { createKafka, ensureTopics } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import {
  createPool,
  maintainPartitions,
  migrateDeploy,
  type PartitionedTable,
  runMigrateCommand,
} from '@lms/postgres';
import type { Logger } from '@lms/runtime';
import type { CoreConfig } from './core-deps.ts';

export interface MigrationOptions {
  service: string;
  migrationsDir: string;
  partitionedTables: readonly PartitionedTable[];
  config: CoreConfig;
  log: Logger;
}

/** Runs `migrate` of a service for its tables, their partitions, job tables and topics. `args` are those of runMigrateCommand. */
export async function migrate(options: MigrationOptions & { args: string[] }): Promise<void> {
  const { service, config, log } = options;
  await runMigrateCommand({
    ...targetOf(options),
    args: options.args,
    async afterDeploy() {
      await prepareTables(options);
      const kafka = createKafka({ config, clientId: `lms-${service}-migrate`, log });
      await ensureTopics({ kafka, config, log });
    },
  });
}

/** The database part of `migrate`, for tests that need no topics. */
export async function migrateDatabase(options: MigrationOptions): Promise<void> {
  await migrateDeploy(targetOf(options));
  await prepareTables(options);
}

/** Job tables, and the first partitions. */
async function prepareTables({ service, config, log, partitionedTables }: MigrationOptions): Promise<void> {
  const pool = createPool({
    databaseUrl: directDatabaseUrl(config),
    schema: service,
    poolSize: 1,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    applicationName: `${service}-migrate`,
    log,
  });
  try {
    await migrateJobs({ pool, service, log });
    await maintainPartitions({ pool, tables: partitionedTables, log });
  } finally {
    await pool.end();
  }
}

function targetOf({ service, migrationsDir, config, log }: MigrationOptions) {
  return { databaseUrl: directDatabaseUrl(config), schema: service, migrationsDir, log };
}
