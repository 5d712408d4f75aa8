// A process of `npm run bench -- http`: one of three servers with the same 2 KiB response. It reports its port
// to its parent, and its CPU time on request.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccessTokenVerifier, createHttpApp, createRateLimiter, defineRoute } from '@lms/http';
import { createRedis, createSessionRevocations, waitForRedis } from '@lms/redis';
import { createLogger, createMetrics } from '@lms/runtime';
import express from 'express';
import { z } from 'zod';

export const variants = ['node:http', 'express', 'kit'] as const;
export type Variant = (typeof variants)[number];
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
    exercises: Array.from({ length: 10 }, () => ({
      ...{ id: '01900000-0000-7000-8000-000000000001', kind: 'mcq' as const },
      prompt: 'How do you say “good morning” to your grandmother?',
      choices: ['Buenos días', 'Buenas noches', 'Hasta luego', 'Adiós'],
    })),
  };
}

const servers: Record<Variant, (options: ServerOptions) => Promise<RequestListener>> = {
  'node:http': async () => (req, res) => {
    const body = JSON.stringify(answerTo(req.url?.split('/').at(-1) ?? ''));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    res.end(body);
  },
  express: async () => {
    const app = express();
    app.get('/api/v1/lessons/:lessonId', (req, res) => void res.json(answerTo(req.params.lessonId)));
    return app;
  },
  /** A route like those of services: token, revocation, rate limit, validation both ways, log, metrics, span. */
  kit: async ({ redisUrl, jwksUrl }) => {
    const log = createLogger({ service: 'bench', level: 'info' });
    const redis = createRedis({ url: redisUrl, name: 'bench', log });
    await waitForRedis(redis);
    const revocations = createSessionRevocations(redis);
    return createHttpApp({
      routes: [
        defineRoute({
          ...{ method: 'get', path: '/lessons/{lessonId}', summary: 'A lesson', tag: 'bench', auth: 'user' },
          input: { params: z.object({ lessonId: z.uuid() }) },
          output: { status: 200, body: lesson },
          rateLimit: { name: 'bench', limit: 1_000_000_000, windowSeconds: 60 },
          handler: async ({ params }) => answerTo(params.lessonId),
        }),
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

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
  const server = createServer(await servers[options.variant](options));
  const tell = (report: ServerReport) => process.send?.(report);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    tell({ cpuMicroseconds: user + system });
  });
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
}
