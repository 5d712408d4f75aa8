import type { EnvShape } from '@lms/config';
import type { Consumers, SqlTransaction } from '@lms/events';
import type { KeySource, Route } from '@lms/http';
import type { JobContext } from '@lms/jobs';
import type { PartitionedTable } from '@lms/postgres';
import type { HealthCheck, Logger, Metrics } from '@lms/runtime';
import type {
  BaseClients,
  BaseDeps,
  BaseVariables,
  CoreClients,
  CoreDeps,
  CoreVariables,
  PrismaOptions,
  ServiceConfig,
} from './core-deps.ts';

/** A job handler. A job runs at least once; if the handler throws, the job is retried. */
export type Job<D> = (payload: never, deps: D, context: JobContext) => Promise<void>;
/** The jobs of a service by name. */
export type Jobs<D> = Record<string, Job<D>>;
/** Cron entries (UTC), `minute hour day month weekday`, for jobs of `J`. */
export type Schedules<J> = { readonly [Name in keyof J]?: string };

/** Dependencies that a service creates in addition to those of `Core`, and how they are closed. */
export interface OwnDeps<D, Core = CoreDeps> {
  deps: Omit<D, keyof Core>;
  close?: () => unknown;
}

/** Input of a service's `createDeps`: its configuration, and the clients that exist already. */
export type DepsContext<S extends EnvShape, C> = C & {
  config: ServiceConfig<S>;
  metrics: Metrics;
  /** The OpenAPI document of this service. */
  openApi: () => object;
};

/** Input of a service's command. The dependencies are closed when it ends. */
export interface ServiceCommandContext<S extends EnvShape, D> {
  config: ServiceConfig<S>;
  deps: D;
  log: Logger;
  /** Arguments after the command's name. */
  args: string[];
}

/** Declarations common to both kinds of services. */
export interface Declaration<S extends EnvShape, D> {
  /** Name of the service, of its PostgreSQL schema and of its consumer group. */
  name: string;
  version: string;
  variables: S;
  /** Validates combinations of variables. @throws ConfigError. */
  checkConfig?: (config: ServiceConfig<S>) => void;
  routes: readonly Route<D>[];
  /** Source of the keys of access tokens; required if any route is not public. */
  accessTokenKeys?: (context: { config: ServiceConfig<S>; deps: Omit<D, 'verifyAccessToken'> }) => KeySource;
  /** Dependencies that `GET /api/v1/health` reports in addition to those that this library creates. */
  health?: (deps: D) => Record<string, HealthCheck>;
  /**
   * Does, with made-up data, what the most frequent requests do, so that the first of them do not wait for it: runs
   * statements, which prepares them, and compiles schemas. Runs before the process is ready, several times at once.
   * Must change nothing, and take well below a second.
   */
  warmUp?: (deps: D) => Promise<void>;
  /** One-shot modes in addition to `migrate`, such as `seed`. */
  commands?: Record<string, (context: ServiceCommandContext<S, D>) => Promise<void>>;
}

/** Declares a service with a schema of its own in PostgreSQL, which also has events and jobs. */
export interface DatabaseDeclaration<S extends CoreVariables, D extends CoreDeps> extends Declaration<S, D> {
  database: {
    /** The class that Prisma generated for the service. */
    PrismaClient: new (
      options: PrismaOptions,
    ) => D['prisma'];
    /** Absolute path of the folder with the migrations. */
    migrationsDir: string;
    /**
     * Tables with partitions by time, in addition to the inbox. `migrate` and an hourly job create and drop their
     * partitions.
     */
    partitionedTables?: readonly PartitionedTable[];
  };
  /** Every event that the service reacts to except `session.revoked`, which this library handles. */
  consumers: Consumers<SqlTransaction, D>;
  /**
   * Whose transactions the handlers run in: those of `prisma`, by default, or those of `sql`, which cost a fraction, for
   * a service none of whose handlers uses Prisma's models.
   */
  consumerTransactions?: 'prisma' | 'sql';
  jobs: Jobs<D>;
  /** Schedules by job name. */
  schedules: Record<string, string>;
  /** Jobs that one process runs at the same time, 4 by default. */
  jobConcurrency?: number;
  createDeps(context: DepsContext<S, CoreClients<D['prisma']>>): OwnDeps<D, CoreDeps>;
}

/** A service without a database, which has only HTTP. */
export interface PlainDeclaration<S extends BaseVariables, D extends BaseDeps> extends Declaration<S, D> {
  database?: never;
  createDeps(context: DepsContext<S, BaseClients>): OwnDeps<D, BaseDeps>;
}
