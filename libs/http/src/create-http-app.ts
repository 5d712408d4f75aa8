import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import { AppError } from '@lms/errors';
import type { Logger, Metrics } from '@lms/runtime';
import { context, trace } from '@opentelemetry/api';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import proxyAddr from 'proxy-addr';
import type { AccessTokenVerifier, Caller } from './access-token.ts';
import { type BaseHeaders, corsFor, createBaseHeaders } from './base-headers.ts';
import { createDirectRoutes, type RouteMatch } from './direct-routes.ts';
import type { Exchange } from './exchange.ts';
import { createObserver, readRequestId } from './observe-requests.ts';
import { createOverloadGuard, type OverloadOptions } from './overload-guard.ts';
import { findPreparedBody } from './prepared-body.ts';
import { problemOf, toAppError } from './problem.ts';
import type { RateLimit, RateLimiter } from './rate-limit.ts';
import { type BodyReader, bodyReader, readInput } from './read-input.ts';
import { RequestInput } from './request-facts.ts';
import { apiBasePath, type BytesAnswer, isBytesAnswer, Reply, type Route, type RouteAuth } from './route.ts';
import { sendJson, sendTextOrBytes, tagBody } from './send-body.ts';
import { type StreamEvent, sendEventStream } from './send-event-stream.ts';

/** Per caller or address, for routes that set no limit. */
export const defaultRateLimit: RateLimit = { name: 'default', limit: 600, windowSeconds: 60 };
const defaultTimeoutMs = 15_000;
const problemType = 'application/problem+json; charset=utf-8';

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
  /** When requests are refused because there are too many; the defaults suit every service. */
  overload?: OverloadOptions;
}

/** What the steps of every request need. */
interface Kit<D> extends HttpAppOptions<D> {
  clientIp: (req: IncomingMessage) => string;
}

/**
 * Builds the HTTP side of a service from its routes. Denies by default: a route must say `public`.
 *
 * Express has every route. A plain request, though, takes the same steps without it: its router, which tries the routes
 * one after another, costs as much as everything else that such a request needs (docs/adr/0016-cheap-requests.md).
 */
export function createHttpApp<D>(options: HttpAppOptions<D>): RequestListener {
  const { trustProxyHops } = options;
  const trusted = (_address: string, hop: number) => hop < trustProxyHops;
  const kit: Kit<D> = { ...options, clientIp: (req) => proxyAddr(req, trusted) ?? 'unknown' };
  const app = createExpressApp(kit);
  const findDirectRoute = createDirectRoutes(options.routes);
  const baseHeaders = createBaseHeaders(options.corsOrigins);
  const guard = createOverloadGuard(options, options.overload);
  const observe = createObserver({ ...options, baseHeaders, guard });
  const evenOverloaded = new Set(
    options.routes.flatMap(({ definition: { evenOverloaded: is, path } }) =>
      is ? [apiBasePath + path] : [],
    ),
  );
  return (req, res) => {
    const url = req.url ?? '';
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    if (!guard.admits() && !evenOverloaded.has(path)) return refuse(req, res, baseHeaders(req));
    observe(req, res, (exchange) => {
      const match = findDirectRoute(req.method, path);
      if (match) {
        const query = queryAt < 0 ? {} : parseQuery(url.slice(queryAt + 1));
        void answerDirectly(exchange, { ...match, query }, kit);
      } else {
        exchanges.set(res, exchange);
        app(req, res);
      }
    });
  };
}

/** As cheap as can be: counted, but without a span or a line in the log. */
function refuse(req: IncomingMessage, res: ServerResponse, headers: BaseHeaders): void {
  const requestId = readRequestId(req);
  const error = new AppError('overloaded', 'There are too many requests right now. Try again shortly.');
  const body = JSON.stringify(problemOf(error, requestId));
  // Spread over a few seconds, so that those who were refused do not come back together.
  const retryAfter = String(1 + Math.floor(3 * Math.random()));
  const own = ['x-request-id', requestId, 'Retry-After', retryAfter, 'Content-Type', problemType];
  res.writeHead(503, [...headers.list, ...own, 'Content-Length', String(Buffer.byteLength(body))]);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Exchanges in Express, by their response, because Express knows only that. */
const exchanges = new WeakMap<ServerResponse, Exchange>();

function exchangeOf(res: ServerResponse): Exchange {
  const exchange = exchanges.get(res);
  if (!exchange) throw new Error('this response is not one of the kit');
  return exchange;
}

async function answerDirectly<D>(
  exchange: Exchange,
  { route, params, query, readBody }: RouteMatch<D> & { query: unknown },
  kit: Kit<D>,
): Promise<void> {
  try {
    exchange.route = apiBasePath + route.definition.path;
    await admit(exchange, route, kit);
    const body = readBody ? await bodyOf(exchange, readBody) : undefined;
    await answer(exchange, { route, params, query, body }, kit);
  } catch (error) {
    sendProblem(exchange, error, kit);
  }
}

function bodyOf({ req, res }: Exchange, read: BodyReader): Promise<unknown> {
  return new Promise((resolve, reject) => {
    read(req, res, (error) => {
      if (error) reject(error);
      else resolve((req as IncomingMessage & { body?: unknown }).body);
    });
  });
}

function createExpressApp<D>(kit: Kit<D>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  if (kit.corsOrigins.length > 0) app.use(answerPreflights(kit.corsOrigins));
  for (const route of kit.routes) {
    const { method, path } = route.definition;
    app[method](
      expressPath(path),
      async (_req, res, next) => {
        const exchange = exchangeOf(res);
        exchange.route = apiBasePath + path;
        await admit(exchange, route, kit);
        next();
      },
      bodyReader(route),
      async (req, res) => {
        const { params, query, body } = req;
        await answer(exchangeOf(res), { route, params, query, body }, kit);
      },
    );
  }
  app.use(refuseUnmatched(kit.routes));
  const onError: ErrorRequestHandler = (thrown: unknown, _req: Request, res: Response, _next) =>
    sendProblem(exchangeOf(res), thrown, kit);
  app.use(onError);
  return app;
}

/** The headers of other requests are those of `createBaseHeaders`. */
function answerPreflights(origins: readonly string[]): RequestHandler {
  const answerPreflight = corsFor(origins);
  return (req, res, next) => {
    if (req.method !== 'OPTIONS') return next();
    exchangeOf(res).moveHeaders();
    answerPreflight(req, res, next);
  };
}

/** Authenticates, authorises and rate-limits the request before a byte of the body is read. */
async function admit<D>(exchange: Exchange, { definition }: Route<D>, kit: Kit<D>): Promise<void> {
  const limit = definition.rateLimit ?? defaultRateLimit;
  const count = async (caller?: Caller) => {
    const key = caller && limit.by !== 'ip' ? `user:${caller.userId}` : `ip:${kit.clientIp(exchange.req)}`;
    await kit.rateLimiter(limit, key, exchange);
  };
  let caller: Caller | undefined;
  try {
    caller = await authenticate(exchange.req, definition.auth, kit.verifyAccessToken);
  } catch (error) {
    await count();
    throw error;
  }
  await count(caller);
  authorise(caller, definition.auth);
  exchange.caller = caller;
}

async function authenticate(
  req: IncomingMessage,
  auth: RouteAuth,
  verify: AccessTokenVerifier,
): Promise<Caller | undefined> {
  if (auth === 'public') return undefined;
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(req.headers.authorization ?? '')?.[1];
  if (!token) throw new AppError('unauthenticated', 'Send an access token: Authorization: Bearer …');
  return verify(token);
}

function authorise(caller: Caller | undefined, auth: RouteAuth): void {
  if (typeof auth === 'string' || (caller && auth.roles.includes(caller.role))) return;
  throw new AppError('forbidden', 'Your role does not allow this.');
}

async function answer<D>(
  exchange: Exchange,
  request: { route: Route<D>; params: unknown; query: unknown; body: unknown },
  kit: Kit<D>,
): Promise<void> {
  const { route, body: rawBody } = request;
  const { output, timeoutMs = defaultTimeoutMs } = route.definition;
  const idempotencyKey = findOneHeader(exchange.req, 'idempotency-key');
  const read = readInput(route, { ...request, idempotencyKey });
  const input = new RequestInput(exchange, { ...read, rawBody, clientIp: kit.clientIp });
  const handle = () => route.handler(input as unknown as Parameters<typeof route.handler>[0], kit.deps);
  // Express loses the context of the span when it reads a body.
  const run = exchange.traceId
    ? () => context.with(trace.setSpan(context.active(), exchange.span), handle)
    : handle;
  const result = await exchange.withinTime(timeoutMs, run);
  if (isEventSource(result)) {
    exchange.moveHeaders();
    exchange.leave();
    return sendEventStream(exchange.res, result);
  }
  const reply = result instanceof Reply ? result : new Reply(result);
  for (const name in reply.headers) exchange.setHeader(name, reply.headers[name] as string);
  const status = reply.status ?? output.status;
  if (!output.body) {
    if (status !== 204) exchange.setHeader('Content-Length', '0');
    return exchange.end(status);
  }
  const prepared = findPreparedBody(reply.body, output.body);
  if (prepared) return sendJson(exchange, status, prepared);
  if (isBytesAnswer(output.body))
    return sendBytes(exchange, { status, declared: output.body, body: reply.body });
  // A response that does not match its declaration is our bug: a 500 is better than a leak.
  sendJson(exchange, status, tagBody(JSON.stringify(output.body.parse(reply.body))));
}

function sendBytes(
  exchange: Exchange,
  { status, declared, body }: { status: number; declared: BytesAnswer; body: unknown },
): void {
  const type = String(exchange.findHeader('content-type') ?? declared.contentTypes[0]);
  if (!declared.contentTypes.includes(type.split(';')[0] ?? '')) throw new Error(`${type} is not declared`);
  if (typeof body !== 'string' && !Buffer.isBuffer(body))
    throw new Error('the response is neither text nor bytes');
  sendTextOrBytes(exchange, { status, type, content: body });
}

function isEventSource(value: unknown): value is AsyncIterable<StreamEvent> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function findOneHeader(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function refuseUnmatched<D>(routes: readonly Route<D>[]): RequestHandler {
  const patterns = routes.map(({ definition }) => ({
    method: definition.method.toUpperCase(),
    pattern: new RegExp(`^${apiBasePath}${definition.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
  }));
  return (req, res) => {
    const allowed = patterns.filter(({ pattern }) => pattern.test(req.path)).map(({ method }) => method);
    if (allowed.length === 0) throw new AppError('route_not_found', 'This route does not exist.');
    exchangeOf(res).setHeader('Allow', allowed.join(', '));
    throw new AppError('method_not_allowed', `Use ${allowed.join(' or ')} here.`);
  };
}

function sendProblem<D>(
  exchange: Exchange,
  thrown: unknown,
  { isUnavailable = () => false }: HttpAppOptions<D>,
): void {
  const { res, requestId } = exchange;
  const error = toAppError(thrown, isUnavailable);
  const problem = problemOf(error, requestId);
  if (problem.status >= 500) exchange.log.error({ err: thrown, code: error.code }, 'request failed');
  else if (error.details) exchange.log.info({ code: error.code, details: error.details }, 'request refused');
  if (res.headersSent) {
    res.destroy();
    return;
  }
  if (error.retryAfterSeconds !== undefined)
    exchange.setHeader('Retry-After', String(error.retryAfterSeconds));
  if (problem.status === 401) exchange.setHeader('WWW-Authenticate', `Bearer error="${error.code}"`);
  const body = Buffer.from(JSON.stringify(problem));
  exchange.setHeader('Content-Type', problemType);
  exchange.setHeader('Content-Length', String(body.length));
  exchange.end(problem.status, body);
}

function expressPath(path: string): string {
  return apiBasePath + path.replace(/\{(\w+)\}/g, ':$1');
}
