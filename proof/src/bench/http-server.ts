// A process of `npm run bench -- http`: one server of those compared, all with the same 3 KB response. It reports its
// port to its parent, and its CPU time on request.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createAccessTokenVerifier,
  createHttpApp,
  createRateLimiter,
  defineRoute,
  prepareBody,
  Reply,
  type Route,
} from '@lms/http';
import { createRedis, createSessionRevocations, waitForRedis } from '@lms/redis';
import { createLogger, createMetrics } from '@lms/runtime';
import express from 'express';
import { z } from 'zod';

/** How a server makes its response: anew for each request, or once; `304`: once, and the client has it already. */
export const kinds = ['built', 'cached', '304'] as const;
export type Kind = (typeof kinds)[number];
/** Express is compared only where it makes the response itself. */
export const variants = [
  ...kinds.flatMap((kind) => [{ server: 'node:http', kind } as const, { server: 'kit', kind } as const]),
  { server: 'express', kind: 'built' },
] as const;
export type Variant = (typeof variants)[number];
/** Tag of the response that the bare server sends; the kit computes its own. */
export const bareTag = 'W/"bare"';
export interface ServerOptions {
  variant: Variant;
  redisUrl: string;
  jwksUrl: string;
}
export type ServerReport = { port: number } | { cpuMicroseconds: number };

const lesson = z.object({
  id: z.uuid(),
  title: z.string(),
  exercises: z.array(
    z.object({
      id: z.uuid(),
      kind: z.enum(['mcq', 'matching']),
      prompt: z.string(),
      choices: z.array(z.string()),
    }),
  ),
});

function answerTo(id: string): z.output<typeof lesson> {
  return {
    id,
    title: 'Greetings',
    exercises: Array.from({ length: 15 }, () => ({
      ...{ id: '01900000-0000-7000-8000-000000000001', kind: 'mcq' as const },
      prompt: 'How do you say “good morning” to your grandmother?',
      choices: ['Buenos días', 'Buenas noches', 'Hasta luego', 'Adiós'],
    })),
  };
}

const cachedId = '01900000-0000-7000-8000-000000000002';

const servers: Record<Variant['server'], (options: ServerOptions) => Promise<RequestListener>> = {
  /** The least that a server can do for the same response. */
  'node:http': async ({ variant }) => {
    const type = { 'content-type': 'application/json' };
    const cached = JSON.stringify(answerTo(cachedId));
    return (req, res) => {
      if (variant.kind === '304' && req.headers['if-none-match'] === bareTag) {
        res.writeHead(304, { etag: bareTag }).end();
        return;
      }
      const body =
        variant.kind === 'cached' ? cached : JSON.stringify(answerTo(req.url?.split('/').at(-1) ?? ''));
      res.writeHead(200, { ...type, 'content-length': Buffer.byteLength(body) }).end(body);
    };
  },
  express: async () => {
    const app = express();
    app.get('/api/v1/lessons/:lessonId', (req, res) => void res.json(answerTo(req.params.lessonId)));
    return app;
  },
  /** A route like those of services: token, revocation, rate limit, validation both ways, log, metrics, span. */
  kit: async ({ variant, redisUrl, jwksUrl }) => {
    const log = createLogger({ service: 'bench', level: 'info' });
    const redis = createRedis({ url: redisUrl, name: 'bench', log });
    await waitForRedis(redis);
    const revocations = createSessionRevocations(redis, { log });
    const cached = prepareBody(lesson, answerTo(cachedId));
    return createHttpApp({
      routes: [
        ...otherRoutes('before'),
        defineRoute({
          ...{ method: 'get', path: '/lessons/{lessonId}', summary: 'A lesson', tag: 'bench', auth: 'user' },
          input: { params: z.object({ lessonId: z.uuid() }) },
          output: { status: 200, body: lesson },
          rateLimit: { name: 'bench', limit: 1_000_000_000, windowSeconds: 60 },
          handler: async ({ params }) =>
            new Reply(variant.kind === 'built' ? answerTo(params.lessonId) : cached),
        }),
        ...otherRoutes('lessons-after'),
      ],
      deps: {},
      ...{ log, metrics: createMetrics({ service: 'bench' }), trustProxyHops: 0, corsOrigins: [] },
      verifyAccessToken: createAccessTokenVerifier({
        keys: { jwksUrl },
        isRevoked: (sessionId) => revocations.isRevoked(sessionId),
      }),
      rateLimiter: createRateLimiter({ redis, service: 'bench' }),
    });
  },
};

/** A service has about 30 routes; the measured one is neither the first nor the last of them. */
function otherRoutes(name: string): Route<object>[] {
  return Array.from({ length: 15 }, (_, index) =>
    defineRoute({
      ...{ method: 'get', path: `/${name}-${index}/{id}`, summary: 'Another', tag: 'bench', auth: 'user' },
      output: { status: 204 },
      handler: async () => undefined,
    }),
  );
}

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
  const server = createServer(await servers[options.variant.server](options));
  const tell = (report: ServerReport) => process.send?.(report);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    tell({ cpuMicroseconds: user + system });
  });
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
}
