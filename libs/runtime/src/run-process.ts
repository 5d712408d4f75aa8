import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Config,
  ConfigError,
  type EnvShape,
  parseConfig,
  serviceVariables,
  weakValuesOf,
} from '@lms/config';
import { createInternalListener } from './create-internal-listener.ts';
import { createHealthReporter, type HealthCheck } from './health.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { closeInOrder, handleSignals } from './shutdown.ts';
import { startTelemetry } from './telemetry.ts';

/**
 * The role of a process: `api` serves HTTP, `worker` publishes and consumes events and runs jobs, `all` does both.
 */
export type ServeMode = 'all' | 'api' | 'worker';

/** What every part of a service receives at start. */
export interface ProcessContext<S extends EnvShape> {
  config: Config<S & typeof serviceVariables>;
  log: Logger;
  metrics: Metrics;
  mode: ServeMode;
  /** Aborted when the process starts to drain: long streams should end. */
  draining: AbortSignal;
}

/** Work in addition to HTTP: a consumer, a relay, a job runner. */
export interface BackgroundTask {
  name: string;
  start(): Promise<void>;
  /** Finishes running work and starts no more. */
  stop(): Promise<void>;
}

/** A service that is ready to listen. */
export interface RunningProcess {
  /** Public HTTP; absent in a worker, which serves only probes. */
  app?: RequestListener;
  /** The OpenAPI document, served on the metrics port. */
  openApi?: () => object;
  /** Dependencies, reported on the metrics port and by `GET /api/v1/health`. */
  health: Record<string, HealthCheck>;
  /** Checks whether this process may receive requests; a throw means not ready. */
  ready: Record<string, () => Promise<unknown>>;
  /** Creates the background work; not called in an `api`, which has none. */
  background(): BackgroundTask[];
  /**
   * Does what makes first requests slow, before the process is ready for them. It may fail, and it may take
   * `warmUpLimitMs`: neither keeps the process from becoming ready. Not called in a worker.
   */
  warmUp?: () => Promise<void>;
  /** Closes pools and clients, as the last step. */
  close(): Promise<void>;
}

/** What a one-shot mode receives; it may set `process.exitCode`. */
export interface CommandContext<S extends EnvShape> extends Omit<ProcessContext<S>, 'draining' | 'mode'> {
  /** Arguments after the mode's name on the command line. */
  args: string[];
}

export interface ProcessDefinition<S extends EnvShape> {
  name: string;
  version: string;
  variables: S;
  /** Checks combinations of variables. @throws ConfigError. */
  checkConfig?: (config: Config<S & typeof serviceVariables>) => void;
  serve(context: ProcessContext<S>): Promise<RunningProcess>;
  /** One-shot modes such as `migrate` and `seed`. */
  commands?: Record<string, (context: CommandContext<S>) => Promise<void>>;
}

/**
 * Runs one process of a service: `main.ts [all|api|worker|check-config|<command>]`, `all` by default.
 * Exits with 1 and names every invalid variable if the configuration is invalid, and with 2 for an unknown mode.
 */
export async function runProcess<S extends EnvShape>(definition: ProcessDefinition<S>): Promise<void> {
  const mode = process.argv[2] ?? 'all';
  const command = definition.commands?.[mode];
  if (!command && !['all', 'api', 'worker', 'check-config'].includes(mode)) {
    const known = ['all', 'api', 'worker', 'check-config', ...Object.keys(definition.commands ?? {})];
    process.stderr.write(`Unknown mode "${mode}"; use one of ${known.join(', ')}.\n`);
    process.exit(2);
  }
  const shape = { ...serviceVariables, ...definition.variables };
  const config = readConfig(shape, definition.checkConfig);
  const weak = weakValuesOf(shape);
  if (mode === 'check-config') {
    for (const { name, message } of weak) process.stderr.write(`Warning: ${name} ${message}\n`);
    return;
  }

  const log = createLogger({ service: definition.name, level: config.LOG_LEVEL });
  process.on('unhandledRejection', (err) => fail(log, err, 'unhandled rejection'));
  process.on('uncaughtException', (err) => fail(log, err, 'uncaught exception'));
  const metrics = createMetrics({ service: definition.name });
  try {
    if (command) {
      await command({ config, log, metrics, args: process.argv.slice(3) });
      process.exit();
    }
    if (weak.length > 0) {
      const variables = weak.map(({ name }) => name);
      log.warn({ variables }, 'weak values, for development only: staging and production refuse them');
    }
    await serve(definition, { config, log, metrics, mode: mode as ServeMode });
  } catch (err) {
    fail(log, err, `${mode} failed`);
  }
}

async function serve<S extends EnvShape>(
  definition: ProcessDefinition<S>,
  context: Omit<ProcessContext<S>, 'draining'>,
): Promise<void> {
  const { config, log, metrics, mode } = context;
  const telemetry = await startTelemetry({
    service: definition.name,
    version: definition.version,
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampleRatio: config.OTEL_TRACES_SAMPLE_RATIO,
  });
  const draining = new AbortController();
  const service = await definition.serve({ ...context, draining: draining.signal });
  const background = mode === 'api' ? [] : service.background();

  const internal = createServer(
    createInternalListener({
      metrics,
      health: createHealthReporter(service.health),
      openApi: service.openApi ?? (() => ({})),
    }),
  );
  const server = createServer(
    limitsOf(config.SHUTDOWN_TIMEOUT_MS),
    mode === 'worker' || !service.app ? (_req, res) => void res.writeHead(404).end() : service.app,
  );
  let started = false;
  handleSignals(server, {
    log,
    timeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    ready: async () => {
      if (!started) throw new Error('still starting');
      await Promise.all(Object.values(service.ready).map((check) => check()));
    },
    beforeDrain: () => draining.abort(),
    close: () =>
      closeInOrder(log, [
        ...background.map((task) => ({ name: task.name, timeoutMs: 10_000, close: () => task.stop() })),
        { name: 'telemetry', timeoutMs: 3_000, close: () => telemetry.shutdown(3_000) },
        { name: 'metrics port', timeoutMs: 1_000, close: () => stopListening(internal) },
        { name: 'pools', timeoutMs: 5_000, close: () => service.close() },
      ]),
  });
  try {
    await listen(internal, config.METRICS_PORT);
    await listen(server, config.PORT);
    const warm = mode === 'worker' ? undefined : warmUp(service, log);
    await Promise.all([warm, ...background.map((task) => task.start())]);
  } catch (error) {
    if (!draining.signal.aborted) throw error;
  }
  // Stopped while it was starting: everything it has started is being closed, and then the process exits.
  if (draining.signal.aborted) return;
  started = true;
  log.info(
    { mode, port: portOf(server), metricsPort: portOf(internal), version: definition.version },
    'listening',
  );
}

/** Longest time, in ms, that a process waits for its warm-up; usually it takes a tenth of a second. */
const warmUpLimitMs = 3_000;

async function warmUp(service: RunningProcess, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${warmUpLimitMs} ms`)), warmUpLimitMs);
  });
  try {
    await Promise.race([service.warmUp?.(), limit]);
  } catch (err) {
    log.warn({ err }, 'the warm-up failed; the first requests will take longer');
  } finally {
    clearTimeout(timer);
  }
}

/** Explicit limits of Node's HTTP server, so that a slow or silent client cannot hold a socket forever. */
function limitsOf(requestTimeoutMs: number) {
  return {
    requestTimeout: requestTimeoutMs,
    headersTimeout: 10_000,
    // Longer than the keep-alive of proxies in front, which would otherwise reuse a socket that is being closed.
    keepAliveTimeout: 75_000,
    maxHeaderSize: 16 * 1024,
  };
}

function readConfig<S extends EnvShape>(shape: S, check?: (config: Config<S>) => void): Config<S> {
  try {
    const config = parseConfig(shape);
    check?.(config);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function fail(log: Logger, err: unknown, message: string): never {
  log.fatal({ err }, message);
  process.exit(1);
}
