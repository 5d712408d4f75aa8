import { AppError } from '@lms/errors';
import type { Logger, Metrics } from '@lms/runtime';
import { context, trace } from '@opentelemetry/api';
import cors from 'cors';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import helmet from 'helmet';
import type { AccessTokenVerifier, Caller } from './access-token.ts';
import { observeRequests } from './observe-requests.ts';
import { findPreparedBody, sendPreparedBody } from './prepared-body.ts';
import { problemOf, toAppError } from './problem.ts';
import type { RateLimit, RateLimiter } from './rate-limit.ts';
import { bodyReader, readInput } from './read-input.ts';
import { type BytesAnswer, isBytesAnswer, Reply, type Route, type RouteAuth } from './route.ts';
import { type StreamEvent, sendEventStream } from './send-event-stream.ts';

export const apiBasePath = '/api/v1';

/** Per caller or address, for routes that set no limit. */
export const defaultRateLimit: RateLimit = { name: 'default', limit: 600, windowSeconds: 60 };
const defaultTimeoutMs = 15_000;

/** JSON needs no sources; a route that returns a page sends its own policy. */
const noContent = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

export interface HttpAppOptions<D> {
  routes: readonly Route<D>[];
  deps: D;
  log: Logger;
  metrics: Metrics;
  verifyAccessToken: AccessTokenVerifier;
  rateLimiter: RateLimiter;
  /** Proxies in front of this process. */
  trustProxyHops: number;
  corsOrigins: readonly string[];
  /** Distinguishes errors that mean "a dependency is down" (503) from bugs (500). */
  isUnavailable?: (error: unknown) => boolean;
}

/** Builds the Express app of a service from its routes. Denies by default: a route must say `public`. */
export function createHttpApp<D>(options: HttpAppOptions<D>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustProxyHops);
  app.set('query parser', 'simple');
  app.use(observeRequests(options));
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: noContent } }));
  if (options.corsOrigins.length > 0) app.use(corsFor(options.corsOrigins));

  for (const route of options.routes) {
    const { method, path } = route.definition;
    app[method](
      expressPath(path),
      nameRoute(path),
      admit(route, options),
      bodyReader(route),
      answer(route, options),
    );
  }
  app.use(refuseUnmatched(options.routes));
  app.use(sendProblem(options));
  return app;
}

/** Authenticates, authorises and rate-limits the request before a byte of the body is read. */
function admit<D>({ definition }: Route<D>, options: HttpAppOptions<D>): RequestHandler {
  const limit = definition.rateLimit ?? defaultRateLimit;
  return async (req, res, next) => {
    const address = `ip:${req.ip ?? 'unknown'}`;
    let caller: Caller | undefined;
    try {
      caller = await authenticate(req, definition.auth, options.verifyAccessToken);
    } catch (error) {
      await options.rateLimiter(limit, address, res);
      throw error;
    }
    await options.rateLimiter(limit, caller && limit.by !== 'ip' ? `user:${caller.userId}` : address, res);
    authorise(caller, definition.auth);
    callers.set(req, caller);
    next();
  };
}

const callers = new WeakMap<Request, Caller | undefined>();

async function authenticate(
  req: Request,
  auth: RouteAuth,
  verify: AccessTokenVerifier,
): Promise<Caller | undefined> {
  const header = req.get('authorization');
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
  if (auth === 'public') return undefined;
  if (!token) throw new AppError('unauthenticated', 'Send an access token: Authorization: Bearer …');
  return verify(token);
}

function authorise(caller: Caller | undefined, auth: RouteAuth): void {
  if (typeof auth === 'string' || (caller && auth.roles.includes(caller.role))) return;
  throw new AppError('forbidden', 'Your role does not allow this.');
}

function answer<D>(route: Route<D>, options: HttpAppOptions<D>): RequestHandler {
  const { output, timeoutMs = defaultTimeoutMs } = route.definition;
  return async (req, res) => {
    const { requestId, log, span, clientGone } = res.locals;
    const timeout = AbortSignal.timeout(timeoutMs);
    const input = {
      ...readInput(route, req),
      caller: callers.get(req),
      requestId,
      log,
      clientIp: req.ip ?? 'unknown',
      acceptLanguages: req.acceptsLanguages().filter((tag) => tag !== '*'),
      signal: AbortSignal.any([clientGone, timeout]),
    } as unknown as Parameters<typeof route.handler>[0];
    const run = () =>
      context.with(trace.setSpan(context.active(), span), () => route.handler(input, options.deps));
    const result = await withinTime(run, timeout);
    if (isEventSource(result)) return sendEventStream(res, result);
    const reply = result instanceof Reply ? result : new Reply(result);
    for (const [name, value] of Object.entries(reply.headers)) res.setHeader(name, value);
    res.status(reply.status ?? output.status);
    if (!output.body) {
      res.end();
      return;
    }
    const prepared = findPreparedBody(reply.body, output.body);
    if (prepared) return sendPreparedBody(res, prepared);
    // A response that does not match its declaration is our bug: a 500 is better than a leak.
    if (isBytesAnswer(output.body)) sendBytes(res, output.body, reply.body);
    else res.json(output.body.parse(reply.body));
  };
}

function sendBytes(res: Response, { contentTypes }: BytesAnswer, body: unknown): void {
  const type = String(res.getHeader('content-type') ?? contentTypes[0]);
  if (!contentTypes.includes(type.split(';')[0] ?? '')) throw new Error(`${type} is not declared`);
  if (typeof body !== 'string' && !Buffer.isBuffer(body))
    throw new Error('the response is neither text nor bytes');
  res.type(type).send(body);
}

/** Event streams have no time limit; every other handler must finish before `timeout` fires. */
function withinTime<T>(run: () => Promise<T>, timeout: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const late = () => {
      reject(new AppError('request_timeout', 'This took too long. Try again.', { retryAfterSeconds: 5 }));
    };
    timeout.addEventListener('abort', late, { once: true });
    run()
      .then(resolve, reject)
      .finally(() => timeout.removeEventListener('abort', late));
  });
}

function isEventSource(value: unknown): value is AsyncIterable<StreamEvent> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function nameRoute(path: string): RequestHandler {
  return (_req, res, next) => {
    res.locals.route = apiBasePath + path;
    next();
  };
}

function refuseUnmatched<D>(routes: readonly Route<D>[]): RequestHandler {
  const patterns = routes.map(({ definition }) => ({
    method: definition.method.toUpperCase(),
    pattern: new RegExp(`^${apiBasePath}${definition.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
  }));
  return (req, res) => {
    const allowed = patterns.filter(({ pattern }) => pattern.test(req.path)).map(({ method }) => method);
    if (allowed.length === 0) throw new AppError('route_not_found', 'This route does not exist.');
    res.setHeader('Allow', allowed.join(', '));
    throw new AppError('method_not_allowed', `Use ${allowed.join(' or ')} here.`);
  };
}

function sendProblem<D>(options: HttpAppOptions<D>): ErrorRequestHandler {
  const isUnavailable = options.isUnavailable ?? (() => false);
  return (thrown: unknown, _req: Request, res: Response, _next) => {
    const error = toAppError(thrown, isUnavailable);
    const problem = problemOf(error, res.locals.requestId);
    if (problem.status >= 500) res.locals.log.error({ err: thrown, code: error.code }, 'request failed');
    else if (error.details)
      res.locals.log.info({ code: error.code, details: error.details }, 'request refused');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (error.retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(error.retryAfterSeconds));
    if (problem.status === 401) res.setHeader('WWW-Authenticate', `Bearer error="${error.code}"`);
    res.removeHeader('ETag');
    res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };
}

function corsFor(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-none-match',
      'x-request-id',
      'traceparent',
    ],
    exposedHeaders: ['x-request-id', 'etag', 'ratelimit', 'ratelimit-policy', 'retry-after'],
    maxAge: 600,
  });
}

function expressPath(path: string): string {
  return apiBasePath + path.replace(/\{(\w+)\}/g, ':$1');
}
