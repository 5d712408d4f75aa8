import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createProxyServer } from 'httpxy';
import { parse } from 'yaml';
import { type CdnOptions, createCdn } from './cdn.ts';

export interface IngressRoute {
  /** Path prefix, of whole segments. */
  path: string;
  service: string;
}

const maxBodyBytes = 30 * 1024 * 1024;

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
 * The local ingress: sends each request to its service, streams both ways, tells the services who called
 * (`x-forwarded-*`, never believing what came from outside), and is the CDN under `/cdn/`.
 */
export function createIngress(options: {
  routes: IngressRoute[];
  /** Base URL of a service, or undefined when it does not run. */
  targetOf: (service: string) => string | undefined;
  cdn?: CdnOptions;
}): Server {
  const proxy = createProxyServer({ xfwd: false, proxyTimeout: 120_000, timeout: 120_000 });
  proxy.on('error', (error, _req, res) => {
    if (!res || !('writeHead' in res)) return;
    const timedOut = 'code' in error && error.code === 'ECONNRESET' && res.headersSent;
    if (timedOut || res.headersSent) res.destroy();
    else
      problem(res as ServerResponse, 503, 'dependency_unavailable', 'The service does not answer right now.');
  });
  const cdn = options.cdn ? createCdn(options.cdn) : undefined;

  const server = createServer(
    { requestTimeout: 120_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 },
    (req, res) => {
      if (cdn && req.url?.startsWith('/cdn/')) return cdn(req, res);
      const route = findRoute(options.routes, req.url ?? '/');
      if (!route) return problem(res, 404, 'route_not_found', 'There is no such route.');
      if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) {
        return problem(res, 413, 'body_too_large', 'The request body is too large.');
      }
      const target = options.targetOf(route.service);
      if (!target)
        return problem(res, 503, 'dependency_unavailable', `The ${route.service} service is not running.`);
      setForwardedHeaders(req);
      void proxy.web(req, res, { target });
    },
  );
  return server;
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

function problem(res: ServerResponse, status: number, code: string, detail: string): void {
  res.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(status === 503 ? { 'retry-after': '2' } : {}),
  });
  const requestId = crypto.randomUUID();
  res.end(
    JSON.stringify({
      type: `urn:lms:problem:${code}`,
      title: code.replaceAll('_', ' '),
      status,
      detail,
      code,
      requestId,
    }),
  );
}
