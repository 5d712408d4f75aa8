import { randomBytes } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics } from '@lms/runtime';
import { z } from 'zod';
import { createHttpApp } from './create-http-app.ts';
import { apiBasePath, defineRoute, isBytesAnswer, isBytesBody, type Route } from './route.ts';

/** Enough for V8 to have compiled what every request runs. */
const rounds = 120;

/** One route of each shape that requests have. */
const rehearsed = [
  defineRoute({
    ...{ method: 'get', path: '/rehearsal/{id}', summary: 'Rehearse a read', tag: 'Rehearsal', auth: 'user' },
    input: { params: z.object({ id: z.uuid() }), query: z.object({ limit: z.coerce.number().optional() }) },
    output: { status: 200, body: z.object({ id: z.uuid() }) },
    handler: async ({ params }) => params,
  }),
  defineRoute({
    ...{ method: 'post', path: '/rehearsal', summary: 'Rehearse a write', tag: 'Rehearsal', auth: 'public' },
    input: { body: z.strictObject({ text: z.string() }) },
    output: { status: 200, body: z.object({ text: z.string() }) },
    handler: async ({ body }) => body,
  }),
];

/**
 * Does once what makes the first requests of a process slow: compiles the schemas of `routes`, and sends requests
 * through this library, to routes of its own on a port of its own. No handler of `routes` is called, and nothing is
 * logged, counted, traced or limited.
 */
export async function warmUpHttp<D>(routes: readonly Route<D>[]): Promise<void> {
  compileSchemas(routes);
  const id = '0190f000-0000-7000-8000-000000000000';
  const server = createServer(
    createHttpApp({
      routes: rehearsed,
      deps: {},
      log: createLogger({ service: 'rehearsal', level: 'info', destination: { write: () => undefined } }),
      metrics: createMetrics({ service: 'rehearsal', nodeMetrics: false }),
      verifyAccessToken: async () => ({ userId: id, sessionId: id, role: 'learner' }),
      rateLimiter: async () => undefined,
      trustProxyHops: 1,
      corsOrigins: [],
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    for (let round = 0; round < rounds; round += 1) {
      const body = JSON.stringify(round % 2 ? { text: 'rehearsed' } : {});
      await Promise.all([
        send(server, { method: 'GET', path: `/rehearsal/${id}?limit=1` }),
        send(server, { method: 'GET', path: '/rehearsal/unknown/place' }),
        send(server, { method: 'POST', path: '/rehearsal', body }),
      ]);
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** zod compiles a schema when it is used for the first time. */
function compileSchemas<D>(routes: readonly Route<D>[]): void {
  for (const { definition } of routes) {
    const { params, query, body } = definition.input ?? {};
    const answer = definition.output.body;
    for (const schema of [params, query, body, answer])
      if (schema && !isBytesBody(schema) && !isBytesAnswer(schema)) schema.safeParse({});
  }
}

function send(
  server: Server,
  { method, path, body }: { method: string; path: string; body?: string },
): Promise<void> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ host: '127.0.0.1', port, method, path: apiBasePath + path },
      headers: {
        authorization: 'Bearer rehearsal',
        'accept-language': 'en',
        // The trace of a caller who does not record it is not recorded here either.
        traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`,
        ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}),
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => response.on('end', resolve).resume());
    sent.end(body);
  });
}
