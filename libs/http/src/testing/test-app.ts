import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@lms/errors';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import type { AccessTokenVerifier } from '../access-token.ts';
import { createHttpApp } from '../create-http-app.ts';
import type { OverloadOptions } from '../overload-guard.ts';
import type { RateLimiter } from '../rate-limit.ts';
import type { Route } from '../route.ts';

export interface TestApp {
  url: string;
  metrics: Metrics;
  /** The lines that the app has logged, parsed. */
  logged(): Record<string, unknown>[];
  call(method: string, path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export const learnerId = '01900000-0000-7000-8000-000000000001';

/** Never limits; for tests that are not about limits. */
export const noLimits: RateLimiter = async () => undefined;

/** Accepts the tokens of one learner, `learner-token`, and one editor, `editor-token`. */
const knownCallers: AccessTokenVerifier = async (token) => {
  const role = ({ 'learner-token': 'learner', 'editor-token': 'editor' } as const)[token];
  if (!role) throw new AppError('unauthenticated', 'The access token is not valid.');
  return { userId: learnerId, sessionId: learnerId, role };
};

/** Serves an app with the given routes on a free port and keeps its log in memory. */
export async function startTestApp<D>(options: {
  routes: readonly Route<D>[];
  deps: D;
  verifyAccessToken?: AccessTokenVerifier;
  rateLimiter?: RateLimiter;
  isUnavailable?: (error: unknown) => boolean;
  corsOrigins?: string[];
  overload?: OverloadOptions;
}): Promise<TestApp> {
  const lines: string[] = [];
  const log = createLogger({
    service: 'test',
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics({ service: 'test', nodeMetrics: false });
  const app = createHttpApp({
    verifyAccessToken: knownCallers,
    rateLimiter: noLimits,
    corsOrigins: [],
    trustProxyHops: 1,
    ...options,
    log,
    metrics,
  });
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    metrics,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    call: (method, path, init = {}) =>
      fetch(`${url}/api/v1${path}`, { method, signal: AbortSignal.timeout(10_000), ...init }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
