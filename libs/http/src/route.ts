import type { ErrorCode } from '@lms/errors';
import type { Logger } from '@lms/runtime';
import type { z } from 'zod';
import type { Caller, Role } from './access-token.ts';
import type { PreparedBody } from './prepared-body.ts';
import type { RateLimit } from './rate-limit.ts';

export const apiBasePath = '/api/v1';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may call: anybody, any signed-in user, or signed-in users with one of the roles. */
export type RouteAuth = 'public' | 'user' | { roles: readonly Role[] };

/** A request body that is not JSON; the handler receives it as bytes. */
export interface BytesBody {
  contentTypes: readonly string[];
  limitBytes: number;
}

/** What every handler receives besides its validated input. */
export interface RequestFacts {
  requestId: string;
  /** Client address as seen through the trusted proxies. For rate limits; do not store or log it. */
  clientIp: string;
  log: Logger;
  /** Aborted when the client disconnects or the route's time limit expires. */
  signal: AbortSignal;
  /** The client's `Idempotency-Key`, if it sent one. */
  idempotencyKey: string | undefined;
  /** Languages of `Accept-Language`, best first; empty if the client sent none. */
  acceptLanguages: readonly string[];
  /** SHA-256 (hex) of method, path and body; distinguishes a retry from another request with the same key. */
  requestHash: string;
}

export type RouteInput<P, Q, B, A extends RouteAuth> = RequestFacts & {
  params: P;
  query: Q;
  body: B;
  caller: A extends 'public' ? Caller | undefined : Caller;
};

/** A handler's response if it needs another status or headers, or has a body that was prepared (`prepareBody`). */
export class Reply<T> {
  readonly body: T | PreparedBody<T>;
  readonly status: number | undefined;
  readonly headers: Record<string, string>;
  constructor(
    body: T | PreparedBody<T>,
    options: { status?: number; headers?: Record<string, string> } = {},
  ) {
    this.body = body;
    this.status = options.status;
    this.headers = options.headers ?? {};
  }
}

/** A response that is not JSON: the handler returns text or bytes in a `Reply` that sets their `content-type`. */
export interface BytesAnswer {
  contentTypes: readonly string[];
}

export interface RouteOutput<O> {
  status: 200 | 201 | 202 | 204;
  /** Absent for 204. What the handler returns is checked against it; unknown fields are dropped. */
  body?: z.ZodType<O> | BytesAnswer;
  /** Other success statuses that a `Reply` may use. */
  alsoStatus?: readonly number[];
}

export interface RouteDefinition<P, Q, B, O, A extends RouteAuth, D> {
  method: Method;
  /** Below `/api/v1`, parameters in braces: `/courses/{courseId}`. */
  path: string;
  summary: string;
  tag: string;
  auth: A;
  input?: { params?: z.ZodType<P>; query?: z.ZodType<Q>; body?: z.ZodType<B> | BytesBody };
  output: RouteOutput<O>;
  /** Error codes that this route can return in addition to those of every route. */
  errors?: readonly ErrorCode[];
  /** Replaces the app's default limit for this route; counted separately. */
  rateLimit?: RateLimit;
  /** Limit of a JSON body; 100 KiB by default. */
  bodyLimitBytes?: number;
  /** Time limit of the handler; 15 s by default. */
  timeoutMs?: number;
  /** True if others need it most when this process is overloaded: it is not refused then. The path has no parameters. */
  evenOverloaded?: boolean;
  handler: (input: RouteInput<P, Q, B, A>, deps: D) => Promise<O | Reply<O>>;
}

/** A route whose input types are erased; `D` is the part of the service's dependencies that its handler needs. */
export interface Route<D> {
  readonly definition: Omit<RouteDefinition<unknown, unknown, unknown, unknown, RouteAuth, D>, 'handler'>;
  readonly handler: (input: RouteInput<never, never, never, 'user'>, deps: D) => Promise<unknown>;
}

/**
 * Declares one endpoint: validation, authorisation, OpenAPI, response check, metrics label and rate limit
 * all come from this declaration. The handler receives validated input and the deps it names, and returns a value.
 */
export function defineRoute<
  P = Record<string, never>,
  Q = Record<string, never>,
  B = undefined,
  O = undefined,
  const A extends RouteAuth = RouteAuth,
  D = object,
>(definition: RouteDefinition<P, Q, B, O, A, D>): Route<D> {
  const { handler, ...rest } = definition;
  return { definition: rest as Route<D>['definition'], handler: handler as unknown as Route<D>['handler'] };
}

export function isBytesAnswer(body: unknown): body is BytesAnswer {
  return typeof body === 'object' && body !== null && 'contentTypes' in body;
}

export function isBytesBody(body: unknown): body is BytesBody {
  return typeof body === 'object' && body !== null && 'contentTypes' in body && 'limitBytes' in body;
}
