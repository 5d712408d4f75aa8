import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EnvShape, parseConfig, serviceVariables } from '@lms/config';
import { waitForRedis } from '@lms/redis';
import { createLogger, createMetrics, type Logger, type Metrics } from '@lms/runtime';
import type { BaseDeps, Service, ServiceConfig } from '@lms/service';
import { stackEnv } from '../stack-env.ts';
import { type Answer, type SendOptions, send } from './send.ts';

/** A caller with an access token. */
export interface WithToken {
  token: string;
}

/** Sends a request to the service's API. `path` is relative to `/api/v1`; a `null` caller sends no token. */
export type Call = (
  caller: WithToken | null,
  method: string,
  path: string,
  options?: SendOptions,
) => Promise<Answer>;

export interface PlainHarnessOptions {
  /** Environment variables over the defaults of the harness. */
  env?: Record<string, string> | undefined;
  /** Level of the messages that `logLines` collects; silent by default. */
  logLevel?: 'trace' | 'silent';
}

export interface PlainHarness<S extends EnvShape, D> {
  /** Dependencies of the request handlers; a test may change them. */
  deps: D;
  config: ServiceConfig<S>;
  /** Environment variables for a process of the service. */
  environment: Record<string, string>;
  metrics: Metrics;
  log: Logger;
  /** Everything logged so far, one JSON line per message. */
  logLines: string[];
  /** URL of the API, with `/api/v1`. */
  base: string;
  call: Call;
  /** Starts the same app with other dependencies on another port. */
  withDeps(changes: Partial<D>): Promise<{ base: string; call: Call; close: () => Promise<void> }>;
  /** Ends long streams, as SIGTERM does. */
  drain(): void;
  stop(): Promise<void>;
}

/** Starts the real app of a declared service that has no database. */
export async function startPlainHarness<S extends EnvShape, D extends BaseDeps>(
  service: Service<S, D>,
  { env = {}, logLevel = 'silent' }: PlainHarnessOptions = {},
): Promise<PlainHarness<S, D>> {
  const environment = { REDIS_URL: stackEnv().redisUrl, ...env };
  const config = parseConfig({ ...serviceVariables, ...service.variables }, environment);
  const logLines: string[] = [];
  const log = createLogger({
    service: service.name,
    level: logLevel,
    destination: { write: (line) => void logLines.push(line) },
  });
  const newMetrics = () => createMetrics({ service: service.name, nodeMetrics: false });
  const metrics = newMetrics();
  const draining = new AbortController();
  const { deps, close } = service.createDeps({ config, log, metrics, draining: draining.signal });
  // A test that sets its own Redis may test what happens without it.
  if (!env.REDIS_URL) await waitForRedis(deps.redis);
  const listen = (used: D, counted: Metrics) =>
    startListening(service.createApp(used, { metrics: counted, trustProxyHops: 1, corsOrigins: [] }));
  const server = await listen(deps, metrics);

  return {
    ...{ deps, config, environment, metrics, log, logLines },
    ...{ base: server.base, call: server.call },
    withDeps: (changes) => listen({ ...deps, ...changes }, newMetrics()),
    drain: () => draining.abort(),
    async stop() {
      await server.close();
      await close();
    },
  };
}

async function startListening(app: ReturnType<Service<EnvShape, unknown>['createApp']>) {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call: Call = (caller, method, path, options = {}) =>
    send(origin, { ...options, method, path: `/api/v1${path}`, token: caller?.token });
  return { base: `${origin}/api/v1`, call, close: () => stopListening(server) };
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
