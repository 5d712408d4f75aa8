import { createConsumerTask, createKafka, createOutboxRelay, ensureTopics } from '@lms/events';
import { createJobRunner, migrateJobs } from '@lms/jobs';
import { createPool, createSchemaCheck, pingDatabase, runMigrateCommand } from '@lms/postgres';
import { pingRedis } from '@lms/redis';
import { runService } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
import { createApp, openApi } from './app.ts';
import { mediaVariables } from './config.ts';
import { consumers } from './consumers.ts';
import { createDeps, migrationsDir, serviceName } from './deps.ts';
import { createJobs, schedules } from './jobs.ts';

await runService({
  name: serviceName,
  version: manifest.version,
  variables: mediaVariables,
  async serve({ config, log, metrics }) {
    const { deps, close } = createDeps(config, { log });
    const database = { databaseUrl: config.DATABASE_URL, schema: serviceName, migrationsDir };
    const events = { kafka: deps.kafka, topicPrefix: config.KAFKA_TOPIC_PREFIX, log, metrics };
    return {
      app: createApp(deps, {
        metrics,
        trustProxyHops: config.TRUST_PROXY_HOPS,
        corsOrigins: config.CORS_ORIGINS,
      }),
      openApi,
      health: {
        postgres: (signal) => pingDatabase(deps.prisma, signal),
        redis: () => pingRedis(deps.redis),
        kafka: () => deps.kafkaAdmin.pingProducer(),
        objectStore: (signal) => deps.objectStore.ping(signal),
      },
      ready: { schema: createSchemaCheck(database) },
      background: [
        createOutboxRelay({ ...events, databaseUrl: config.DATABASE_URL, schema: serviceName }),
        createConsumerTask({
          ...events,
          service: serviceName,
          consumers,
          deps,
          runTransaction: (work) => deps.prisma.$transaction(work),
        }),
        createJobRunner({
          pool: deps.pool,
          service: serviceName,
          handlers: createJobs(deps),
          schedules,
          log,
          metrics,
        }),
      ],
      close,
    };
  },
  commands: {
    async migrate({ config, log, args }) {
      await runMigrateCommand({
        args,
        databaseUrl: config.DATABASE_URL,
        schema: serviceName,
        migrationsDir,
        log,
        async afterDeploy() {
          const pool = createPool({
            databaseUrl: config.DATABASE_URL,
            schema: serviceName,
            poolSize: 1,
            connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
            applicationName: `${serviceName}-migrate`,
            log,
          });
          await migrateJobs({ pool, service: serviceName, log }).finally(() => pool.end());
          const kafka = createKafka({ config, clientId: `lms-${serviceName}-migrate`, log });
          await ensureTopics({ kafka, config, log });
        },
      });
    },
  },
});
