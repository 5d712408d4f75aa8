import type { EnvShape } from '@lms/config';
import type { Consumers, SqlTransaction } from '@lms/events';
import type { KeySource, Route } from '@lms/http';
import type { JobContext } from '@lms/jobs';
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

/** A job: its payload, the service's dependencies, and the attempt. Runs at least once; a throw means try again. */
export type Job<D> = (payload: never, deps: D, context: JobContext) => Promise<void>;
/** Jobs of a service by name. */
export type Jobs<D> = Record<string, Job<D>>;
/** Cron entries (UTC), `minute hour day month weekday`, for jobs of `J`. */
export type Schedules<J> = { readonly [Name in keyof J]?: string };

/** Dependencies that a service makes for itself, beside those of `Core`, and how they are closed. */
export interface OwnDeps<D, Core = CoreDeps> {
  deps: Omit<D, keyof Core>;
  close?: () => unknown;
}

/** What `createDeps` of a service receives: its configuration, and the clients that exist already. */
export type DepsContext<S extends EnvShape, C> = C & {
  config: ServiceConfig<S>;
  metrics: Metrics;
  /** The OpenAPI document of this service. */
  openApi: () => object;
};

/** What a command of a service receives. Its dependencies are closed after it. */
export interface ServiceCommandContext<S extends EnvShape, D> {
  config: ServiceConfig<S>;
  deps: D;
  log: Logger;
  /** Words after the command's name. */
  args: string[];
}

/** What both kinds of services declare. */
export interface Declaration<S extends EnvShape, D> {
  /** Name of the service, of its PostgreSQL schema and of its consumer group. */
  name: string;
  version: string;
  variables: S;
  /** What several variables must be together. @throws ConfigError. */
  checkConfig?: (config: ServiceConfig<S>) => void;
  routes: readonly Route<D>[];
  /** Where the keys of access tokens come from; needed as soon as one route is not public. */
  accessTokenKeys?: (context: { config: ServiceConfig<S>; deps: Omit<D, 'verifyAccessToken'> }) => KeySource;
  /** Dependencies that `GET /api/v1/health` reports, beside those that this library makes. */
  health?: (deps: D) => Record<string, HealthCheck>;
  /** One-shot modes beside `migrate`, such as `seed`. */
  commands?: Record<string, (context: ServiceCommandContext<S, D>) => Promise<void>>;
}

/** A service with a schema of its own in PostgreSQL: it has events and jobs too. */
export interface DatabaseDeclaration<S extends CoreVariables, D extends CoreDeps> extends Declaration<S, D> {
  database: {
    /** The class that Prisma generated for the service. */
    PrismaClient: new (
      options: PrismaOptions,
    ) => D['prisma'];
    /** Folder of the migrations, absolute. */
    migrationsDir: string;
  };
  /** Every event it reacts to but `session.revoked`, which this library handles. */
  consumers: Consumers<SqlTransaction, D>;
  jobs: Jobs<D>;
  /** By job name. */
  schedules: Record<string, string>;
  /** Jobs that one process runs at the same time, 4 unless given. */
  jobConcurrency?: number;
  createDeps(context: DepsContext<S, CoreClients<D['prisma']>>): OwnDeps<D, CoreDeps>;
}

/** A service without a database: HTTP alone. */
export interface PlainDeclaration<S extends BaseVariables, D extends BaseDeps> extends Declaration<S, D> {
  database?: never;
  createDeps(context: DepsContext<S, BaseClients>): OwnDeps<D, BaseDeps>;
}
