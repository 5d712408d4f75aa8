import { checkDatabaseUrls, directDatabaseUrl } from '@lms/config';
import { createConsumerTask, createOutboxRelay, joinConsumers, type SqlTransaction } from '@lms/events';
import { createJobRunner } from '@lms/jobs';
import { createSchemaCheck, databaseUnavailable, pingDatabase } from '@lms/postgres';
import { pingRedis, requireUsableRedis } from '@lms/redis';
import type { Logger } from '@lms/runtime';
import { bindJobs } from './bind-jobs.ts';
import { commonParts, withOwnDeps } from './common-parts.ts';
import {
  type CoreConfig,
  type CoreDeps,
  type CoreVariables,
  createCoreClients,
  defaultJobConcurrency,
  type ServiceConfig,
} from './core-deps.ts';
import type { DatabaseDeclaration } from './declaration.ts';
import { type MigrationOptions, migrate, migrateDatabase } from './migrate.ts';
import { onSessionRevoked } from './on-session-revoked.ts';
import {
  observePartitions,
  partitionedTablesOf,
  partitionJob,
  partitionJobHandler,
  partitionSchedule,
} from './partition-upkeep.ts';
import type { DatabaseService } from './service.ts';
import { warmUpBase, warmUpDatabase } from './warm-up.ts';

/** Builds a service with a database: HTTP, events and jobs. */
export function databaseService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D>,
): DatabaseService<S, D> {
  const { name: service, database, jobs, schedules } = declaration;
  const { migrationsDir } = database;
  const partitionedTables = partitionedTablesOf(database);
  const jobConcurrency = declaration.jobConcurrency ?? defaultJobConcurrency;
  const consumers = joinConsumers<SqlTransaction, D>(declaration.consumers, onSessionRevoked);
  const migration = (context: { config: ServiceConfig<S>; log: Logger }): MigrationOptions => ({
    ...{ service, migrationsDir, partitionedTables, log: context.log, config: coreConfigOf(context.config) },
  });
  return {
    ...commonParts(declaration, databaseUnavailable),
    checkConfig(config) {
      checkDatabaseUrls(coreConfigOf(config));
      declaration.checkConfig?.(config);
    },
    consumers,
    jobs,
    createDeps(start) {
      const core = createCoreClients<D['prisma']>({
        ...start,
        service,
        config: coreConfigOf(start.config),
        PrismaClient: database.PrismaClient,
      });
      return withOwnDeps(declaration, start, core);
    },
    health: (deps) => ({
      postgres: (signal) => pingDatabase(deps.sql, signal),
      redis: () => pingRedis(deps.redis),
      kafka: () => deps.kafkaAdmin.pingProducer(),
      ...declaration.health?.(deps),
    }),
    ready: (deps) => ({
      schema: createSchemaCheck(deps.sql, migrationsDir),
      redis: () => requireUsableRedis(deps.redis),
    }),
    async warmUp(deps) {
      const ownWarmUp = async () => declaration.warmUp?.(deps);
      await Promise.all([warmUpBase(declaration.routes, deps), warmUpDatabase(deps, ownWarmUp)]);
    },
    background(deps, { config, log, metrics }) {
      const databaseUrl = directDatabaseUrl(coreConfigOf(config));
      const { KAFKA_TOPIC_PREFIX: topicPrefix } = coreConfigOf(config);
      const events = { kafka: deps.kafka, topicPrefix, log, metrics };
      observePartitions({ pool: deps.pool, tables: partitionedTables, metrics, log });
      return [
        createOutboxRelay({ ...events, databaseUrl, schema: service }),
        createConsumerTask<SqlTransaction, D>({
          ...{ ...events, service, consumers, deps },
          runTransaction:
            declaration.consumerTransactions === 'sql'
              ? (work) => deps.sql.transaction(work)
              : (work) => deps.prisma.$transaction(work),
        }),
        createJobRunner({
          ...{ pool: deps.pool, service },
          handlers: {
            ...bindJobs(jobs, deps),
            [partitionJob]: partitionJobHandler(deps.pool, partitionedTables),
          },
          schedules: { ...schedules, [partitionJob]: partitionSchedule },
          ...{ concurrency: jobConcurrency, log, metrics },
        }),
      ];
    },
    migrate: (context) => migrate({ ...migration(context), args: context.args }),
    migrateDatabase: (context) => migrateDatabase(migration(context)),
  };
}

/** `S` includes `CoreVariables`; TypeScript cannot see the types of its values through the schemas. */
function coreConfigOf<S extends CoreVariables>(config: ServiceConfig<S>): CoreConfig {
  return config as unknown as CoreConfig;
}
