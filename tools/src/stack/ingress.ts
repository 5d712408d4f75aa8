import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { type CdnOptions, createCdn } from '@lms/testing/cdn';
import { createProxyServer } from 'httpxy';
import { parse } from 'yaml';

export interface IngressRoute {
  /** Path prefix of whole segments. */
  path: string;
  service: string;
}

/** The route table that the chart and Compose use too. */
export function readRoutes(repo: string): IngressRoute[] {
  const { routes } = parse(readFileSync(join(repo, 'charts/lms/routes.yaml'), 'utf8')) as {
    routes: IngressRoute[];
  };
  return routes;
}

/** The route with the longest prefix of whole segments, or undefined. */
export function findRoute(routes: IngressRoute[], url: string): IngressRoute | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return routes
    .filter((route) => path === route.path || path.startsWith(`${route.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/**
 * The local ingress: routes each request to its service, streams in both directions, sets `x-forwarded-*` (and
 * ignores those of the client), and serves the CDN under `/cdn/`.
 */
export function createIngress(options: {
  routes: IngressRoute[];
  /** Base URL of a service. */
  targetOf: (service: string) => string;
  cdn?: CdnOptions;
  /** Maximum size of a request body, in bytes; 30 MB by default. */
  maxBodyBytes?: number;
}): Server {
  const { routes, targetOf, maxBodyBytes = 30 * 1024 * 1024 } = options;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const proxy = createProxyServer({ agent, proxyTimeout: 120_000 });
  const upstream = new WeakMap<IncomingMessage, ClientRequest>();
  proxy.on('proxyReq', (request, req) => void upstream.set(req, request));
  proxy.on('error', (_error, _req, res) => {
    if (!res || !('writeHead' in res) || res.writableEnded) return;
    // The response has already started, so cut the connection to show the client that it is incomplete.
    if (res.headersSent) res.destroy();
    else {
      const detail = 'The service is not responding.';
      sendProblem(res, { status: 503, code: 'dependency_unavailable', detail });
    }
  });
  const cdn = options.cdn ? createCdn(options.cdn) : undefined;

  const server = createServer(
    { requestTimeout: 120_000, headersTimeout: 10_000, keepAliveTimeout: 60_000, maxHeaderSize: 16_384 },
    (req, res) => {
      const refuse = (status: number, code: string, detail: string) =>
        sendProblem(res, { status, code, detail });
      if (cdn && req.url?.startsWith('/cdn/')) return cdn(req, res);
      const route = findRoute(routes, req.url ?? '/');
      if (!route) return refuse(404, 'route_not_found', 'This route does not exist.');
      const tooLarge = () => {
        res.setHeader('connection', 'close');
        refuse(413, 'body_too_large', `The request body is larger than ${maxBodyBytes} bytes.`);
        upstream.get(req)?.destroy();
      };
      if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) return tooLarge();
      setForwardedHeaders(req);
      const chunked = req.headers['transfer-encoding'] !== undefined;
      void proxy.web(req, res, {
        target: targetOf(route.service),
        ...(chunked ? { buffer: limited(req, maxBodyBytes, tooLarge) } : {}),
      });
    },
  );
  server.setTimeout(120_000); // Without a byte in either direction; streams send heartbeats.
  server.once('close', () => agent.destroy());
  return server;
}

/** Closes idle connections at once, and connections with requests in flight after `graceMs` at the latest. */
export function closeIngress(server: Server, graceMs = 2_000): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Limits a body of unknown length. */
function limited(req: IncomingMessage, maxBytes: number, tooLarge: () => void): Transform {
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxBytes) return done(null, chunk);
      req.unpipe(counted);
      req.resume(); // Lets the client finish sending, so that it reads the response.
      tooLarge();
    },
  });
  return req.pipe(counted);
}

function setForwardedHeaders(req: IncomingMessage): void {
  for (const name of Object.keys(req.headers)) {
    if (name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip')
      delete req.headers[name];
  }
  req.headers['x-forwarded-for'] = req.socket.remoteAddress ?? '';
  req.headers['x-forwarded-proto'] = 'http';
  req.headers['x-forwarded-host'] = req.headers.host ?? '';
}

/** Responds with problem+json, like the services. */
function sendProblem(
  res: ServerResponse,
  { status, code, detail }: { status: number; code: string; detail: string },
): void {
  const requestId = randomUUID();
  res.writeHead(status, {
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
    ...(status === 503 ? { 'retry-after': '2' } : {}),
  });
  const title = code.replaceAll('_', ' ');
  res.end(JSON.stringify({ type: `urn:lms:problem:${code}`, title, status, detail, code, requestId }));
}
