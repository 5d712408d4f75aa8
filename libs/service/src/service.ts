import type { RequestListener } from 'node:http';
import type { EnvShape } from '@lms/config';
import type { Consumers, SqlTransaction } from '@lms/events';
import type { Route } from '@lms/http';
import type { BackgroundTask, HealthCheck, Logger, Metrics, ServeMode } from '@lms/runtime';
import type { ServiceConfig } from './core-deps.ts';
import type { Jobs, ServiceCommandContext } from './declaration.ts';

/** What a process or a test passes to a service at its start. */
export interface StartContext<S extends EnvShape> {
  config: ServiceConfig<S>;
  log: Logger;
  metrics: Metrics;
  /** Aborted when the process begins to stop. */
  draining: AbortSignal;
  /** The role of the process; absent in tests and commands, which count as `all`. */
  mode?: ServeMode;
}

export interface AppOptions {
  metrics: Metrics;
  trustProxyHops: number;
  corsOrigins: readonly string[];
}

/** A declared service, with the parts that `runService` and the test harness use. */
export interface Service<S extends EnvShape, D> {
  readonly name: string;
  readonly version: string;
  readonly variables: S;
  readonly checkConfig?: ((config: ServiceConfig<S>) => void) | undefined;
  readonly routes: readonly Route<D>[];
  openApi(): object;
  /** Creates every client. Does not wait for a server. @throws Whatever the service's own `createDeps` throws. */
  createDeps(start: StartContext<S>): { deps: D; close: () => Promise<void> };
  createApp(deps: D, options: AppOptions): RequestListener;
  /** Dependencies, reported by `GET /api/v1/health`. */
  health(deps: D): Record<string, HealthCheck>;
  /** Conditions that must hold before a process receives requests. */
  ready(deps: D): Record<string, () => Promise<unknown>>;
  /** Does what makes first requests slow, before there are any. Changes nothing. @throws what failed. */
  warmUp(deps: D): Promise<void>;
  /** Outbox relay, consumers and job runner, not started. */
  background(deps: D, context: Omit<StartContext<S>, 'draining' | 'mode'>): BackgroundTask[];
  readonly commands: Record<string, (context: ServiceCommandContext<S, D>) => Promise<void>>;
  /** The command `migrate`; absent in a service without a database. */
  migrate?(context: { config: ServiceConfig<S>; log: Logger; args: string[] }): Promise<void>;
}

/** A declared service with a database, events and jobs. */
export interface DatabaseService<S extends EnvShape, D> extends Service<S, D> {
  /** Every event that the service reacts to, including `session.revoked`. */
  readonly consumers: Consumers<SqlTransaction, D>;
  readonly jobs: Jobs<D>;
  /** Updates the tables like `migrate`, without creating topics. */
  migrateDatabase(context: { config: ServiceConfig<S>; log: Logger }): Promise<void>;
}
