import type { RequestListener } from 'node:http';
import type { EnvShape } from '@lms/config';
import type { Consumers, SqlTransaction } from '@lms/events';
import type { Route } from '@lms/http';
import type { BackgroundTask, HealthCheck, Logger, Metrics } from '@lms/runtime';
import type { ServiceConfig } from './core-deps.ts';
import type { Jobs, ServiceCommandContext } from './declaration.ts';

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
