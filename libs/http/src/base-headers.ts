import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers of a response before its handler runs, as `writeHead` takes them: name, value, name, value. */
export interface BaseHeaders {
  readonly list: readonly string[];
  /** Where in the list the name of a header is, by its name in lower case. */
  readonly positions: ReadonlyMap<string, number>;
}

/** JSON needs no sources; a route that returns a page sends its own policy. */
const noContent = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** helmet with the policy of an API. */
export const securityHeaders = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: noContent },
});

/**
 * What helmet and cors set on the response to a request. helmet's headers depend on nothing, and those of cors on the
 * `Origin` alone, so both are asked once, at start, and then again only for requests with an `Origin`.
 */
export function createBaseHeaders(origins: readonly string[]): (req: IncomingMessage) => BaseHeaders {
  const middleware = [securityHeaders as RequestHandler, ...(origins.length > 0 ? [corsFor(origins)] : [])];
  const withoutOrigin = headersSetBy(middleware, { method: 'GET', headers: {} });
  if (origins.length === 0) return () => withoutOrigin;
  return ({ method, headers }) =>
    headers.origin === undefined ? withoutOrigin : headersSetBy(middleware, { method, headers });
}

/** Answers preflight requests; passes others on. */
export function corsFor(origins: readonly string[]): RequestHandler {
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

function headersSetBy(
  middleware: readonly RequestHandler[],
  req: Pick<IncomingMessage, 'method' | 'headers'>,
): BaseHeaders {
  const headers = new Map<string, { name: string; value: string }>();
  const res: Pick<ServerResponse, 'setHeader' | 'getHeader' | 'removeHeader'> = {
    setHeader: (name, value) => {
      headers.set(name.toLowerCase(), { name, value: String(value) });
      return res as ServerResponse;
    },
    getHeader: (name) => headers.get(name.toLowerCase())?.value,
    removeHeader: (name) => void headers.delete(name.toLowerCase()),
  };
  // A preflight request would be answered; here cors is asked for the headers of a response only.
  const asked = { ...req, method: req.method === 'OPTIONS' ? 'GET' : req.method };
  for (const set of middleware)
    void set(asked as Parameters<typeof set>[0], res as Parameters<typeof set>[1], (error?: unknown) => {
      if (error) throw error;
    });
  return {
    list: [...headers.values()].flatMap(({ name, value }) => [name, value]),
    positions: new Map([...headers.keys()].map((key, index) => [key, 2 * index])),
  };
}
