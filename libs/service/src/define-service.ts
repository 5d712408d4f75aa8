import type { RequestListener } from 'node:http';
import type { EnvShape } from '@lms/config';
import { AppError } from '@lms/errors';
import {
  type Consumers,
  createConsumerTask,
  createOutboxRelay,
  joinConsumers,
  type SqlTransaction,
} from '@lms/events';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
  createHttpApp,
  type KeySource,
  openApiDocument,
  type Route,
} from '@lms/http';
import { createJobRunner } from '@lms/jobs';
import { createSchemaCheck, databaseUnavailable, pingDatabase } from '@lms/postgres';
import { pingRedis } from '@lms/redis';
import type { BackgroundTask, HealthCheck, Logger, Metrics } from '@lms/runtime';
import { bindJobs } from './bind-jobs.ts';
import { checkDeclaration } from './check-declaration.ts';
import {
  type BaseClients,
  type BaseDeps,
  type BaseVariables,
  type Clients,
  type CoreConfig,
  type CoreDeps,
  type CoreVariables,
  createBaseClients,
  createCoreClients,
  defaultJobConcurrency,
  type ServiceConfig,
} from './core-deps.ts';
import type {
  DatabaseDeclaration,
  Declaration,
  DepsContext,
  Jobs,
  OwnDeps,
  PlainDeclaration,
  ServiceCommandContext,
} from './declaration.ts';
import { type MigrationOptions, migrate, migrateDatabase } from './migrate.ts';
import { onSessionRevoked } from './on-session-revoked.ts';

/** What a process, or a test, gives a service to start with. */
export interface StartContext<S extends EnvShape> {
  config: ServiceConfig<S>;
  log: Logger;
  metrics: Metrics;
  /** Aborted when the process begins to stop. */
  draining: AbortSignal;
}

export interface AppOptions {
  metrics: Metrics;
  trustProxyHops: number;
  corsOrigins: readonly string[];
}

/** A declared service: the parts that `runService` and the test harness put together. */
export interface Service<S extends EnvShape, D> {
  readonly name: string;
  readonly version: string;
  readonly variables: S;
  readonly checkConfig?: ((config: ServiceConfig<S>) => void) | undefined;
  readonly routes: readonly Route<D>[];
  openApi(): object;
  /** Creates every client. Does not wait for a server. @throws what the service's own `createDeps` throws. */
  createDeps(start: StartContext<S>): { deps: D; close: () => Promise<void> };
  createApp(deps: D, options: AppOptions): RequestListener;
  /** Dependencies, reported by `GET /api/v1/health`. */
  health(deps: D): Record<string, HealthCheck>;
  /** What a process must have before it may be sent requests. */
  ready(config: ServiceConfig<S>): Record<string, () => Promise<unknown>>;
  /** Outbox relay, consumers and job runner, not started. */
  background(deps: D, context: Omit<StartContext<S>, 'draining'>): BackgroundTask[];
  readonly commands: Record<string, (context: ServiceCommandContext<S, D>) => Promise<void>>;
  /** The command `migrate`; absent in a service without a database. */
  migrate?(context: { config: ServiceConfig<S>; log: Logger; args: string[] }): Promise<void>;
}

/** A declared service with a database, events and jobs. */
export interface DatabaseService<S extends EnvShape, D> extends Service<S, D> {
  /** Every event it reacts to, `session.revoked` included. */
  readonly consumers: Consumers<SqlTransaction, D>;
  readonly jobs: Jobs<D>;
  /** Brings tables up to date as `migrate` does, and leaves topics alone. */
  migrateDatabase(context: { config: ServiceConfig<S>; log: Logger }): Promise<void>;
}

/**
 * Declares a service. From the declaration come its clients, HTTP app, OpenAPI document, health, readiness,
 * outbox relay, consumers, job runner and `migrate`; see README.md. Starts and connects nothing.
 * @throws Error naming everything that is wrong with the declaration.
 */
export function defineService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D>,
): DatabaseService<S, D>;
export function defineService<S extends BaseVariables, D extends BaseDeps>(
  declaration: PlainDeclaration<S, D>,
): Service<S, D>;
export function defineService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D> | PlainDeclaration<S, D>,
): Service<S, D> {
  checkDeclaration(declaration);
  return declaration.database ? databaseService(declaration) : plainService(declaration);
}

function databaseService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D>,
): DatabaseService<S, D> {
  const { name: service, database, jobs, schedules } = declaration;
  const { migrationsDir } = database;
  const jobConcurrency = declaration.jobConcurrency ?? defaultJobConcurrency;
  const consumers = joinConsumers<SqlTransaction, D>(declaration.consumers, onSessionRevoked);
  const migration = (context: { config: ServiceConfig<S>; log: Logger }): MigrationOptions => ({
    ...{ service, migrationsDir, log: context.log, config: coreConfigOf(context.config) },
  });
  return {
    ...commonParts(declaration, databaseUnavailable),
    consumers,
    jobs,
    createDeps(start) {
      const core = createCoreClients<D['prisma']>({
        ...start,
        service,
        config: coreConfigOf(start.config),
        PrismaClient: database.PrismaClient,
        jobConcurrency,
      });
      return withOwnDeps(declaration, start, core);
    },
    health: (deps) => ({
      postgres: (signal) => pingDatabase(deps.prisma, signal),
      redis: () => pingRedis(deps.redis),
      kafka: () => deps.kafkaAdmin.ping(),
      ...declaration.health?.(deps),
    }),
    ready(config) {
      const { DATABASE_URL: databaseUrl } = coreConfigOf(config);
      return { schema: createSchemaCheck({ databaseUrl, schema: service, migrationsDir }) };
    },
    background(deps, { config, log, metrics }) {
      const { DATABASE_URL: databaseUrl, KAFKA_TOPIC_PREFIX: topicPrefix } = coreConfigOf(config);
      const events = { kafka: deps.kafka, topicPrefix, log, metrics };
      return [
        createOutboxRelay({ ...events, databaseUrl, schema: service }),
        createConsumerTask<SqlTransaction, D>({
          ...{ ...events, service, consumers, deps },
          runTransaction: (work) => deps.prisma.$transaction(work),
        }),
        createJobRunner({
          ...{ pool: deps.pool, service, handlers: bindJobs(jobs, deps), schedules },
          ...{ concurrency: jobConcurrency, log, metrics },
        }),
      ];
    },
    migrate: (context) => migrate({ ...migration(context), args: context.args }),
    migrateDatabase: (context) => migrateDatabase(migration(context)),
  };
}

function plainService<S extends BaseVariables, D extends BaseDeps>(
  declaration: PlainDeclaration<S, D>,
): Service<S, D> {
  return {
    ...commonParts(declaration),
    createDeps(start) {
      const config = start.config as unknown as ServiceConfig<BaseVariables>;
      const { log, draining } = start;
      const base = createBaseClients({ service: declaration.name, config, log, draining });
      return withOwnDeps(declaration, start, base);
    },
    health: (deps) => declaration.health?.(deps) ?? {},
    ready: () => ({}),
    background: () => [],
  };
}

function commonParts<S extends EnvShape, D extends BaseDeps>(
  declaration: Declaration<S, D>,
  isUnavailable?: (error: unknown) => boolean,
) {
  const { name, version, variables, checkConfig, routes, commands = {} } = declaration;
  return {
    ...{ name, version, variables, checkConfig, routes, commands },
    openApi: () => documentOf(declaration),
    createApp: (deps: D, options: AppOptions) =>
      createHttpApp({
        ...options,
        ...{ routes, deps, log: deps.log },
        ...{ verifyAccessToken: deps.verifyAccessToken, rateLimiter: deps.rateLimiter },
        ...(isUnavailable ? { isUnavailable } : {}),
      }),
  };
}

function documentOf<S extends EnvShape, D>({ name, version, routes }: Declaration<S, D>): object {
  return openApiDocument({ title: `LMS ${name}`, version, routes });
}

/** Adds to the clients of this library what the service makes for itself. */
function withOwnDeps<S extends EnvShape, D extends BaseDeps, C extends BaseClients>(
  declaration: Declaration<S, D> & {
    createDeps(context: DepsContext<S, C>): OwnDeps<D, BaseDeps> | OwnDeps<D, CoreDeps>;
  },
  { config, metrics }: StartContext<S>,
  { clients, close: closeClients }: Clients<C>,
): { deps: D; close: () => Promise<void> } {
  try {
    const openApi = () => documentOf(declaration);
    const own = declaration.createDeps({ ...clients, config, metrics, openApi });
    const deps = { ...own.deps, ...clients } as unknown as Omit<D, 'verifyAccessToken'>;
    const keys = declaration.accessTokenKeys?.({ config, deps });
    return {
      deps: { ...deps, verifyAccessToken: createVerifier(keys, clients) } as D,
      async close() {
        await Promise.allSettled([(async () => own.close?.())(), closeClients()]);
      },
    };
  } catch (error) {
    void closeClients();
    throw error;
  }
}

function createVerifier(
  keys: KeySource | undefined,
  { sessionRevocations }: BaseClients,
): AccessTokenVerifier {
  // Never asked: every route is public, or checkDeclaration would have refused the service.
  if (!keys) return () => Promise.reject(new AppError('unauthenticated', 'Nobody signs in here.'));
  return createAccessTokenVerifier({
    keys,
    isRevoked: (sessionId) => sessionRevocations.isRevoked(sessionId),
  });
}

/** `S` includes `CoreVariables`; TypeScript cannot see the types of its values through the schemas. */
function coreConfigOf<S extends CoreVariables>(config: ServiceConfig<S>): CoreConfig {
  return config as unknown as CoreConfig;
}
