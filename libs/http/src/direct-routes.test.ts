import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import cors from 'cors';
import express from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import { createDirectRoutes } from './direct-routes.ts';
import { defineRoute, Reply, type Route } from './route.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const seen = z.object({ route: z.string(), params: z.unknown(), query: z.unknown(), ip: z.string() });
const get = (path: string, headers: Record<string, string> = {}): Route<object> =>
  defineRoute({
    ...{ method: 'get', path, summary: 'A route', tag: 'Test', auth: 'public' },
    input: { params: z.looseObject({}), query: z.looseObject({}) },
    output: { status: 200, body: seen },
    handler: async ({ params, query, clientIp: ip }) =>
      new Reply({ route: path, params, query: { ...(query as object) }, ip }, { headers }),
  }) as Route<object>;
const routes = [
  get('/lessons/{lessonId}'),
  get('/lessons/next'),
  get('/courses/mine'),
  get('/courses/{courseId}'),
  get('/courses/{courseId}/lessons/{lessonId}'),
  get('/me'),
  get('/shared', { vary: 'accept-language', 'content-security-policy': "default-src 'self'" }),
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ routes, deps: {}, corsOrigins: ['https://app.example'] });
});
afterAll(() => app.close());

/** Sends the path as it is: `fetch` would normalise it. Resolves with what a client sees, except ids and dates. */
function send(method: string, path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(app.url);
  return new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
    const sent = request({ hostname, port, method, path: `/api/v1${path}`, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      answer.on('end', () => {
        const { date: _date, 'x-request-id': _id, ...rest } = answer.headers;
        resolve({ status: answer.statusCode, headers: rest, body: body.replace(/[0-9a-f-]{36}/g, 'id') });
      });
    });
    sent.on('error', reject).end();
  });
}

const find = createDirectRoutes(routes);
const foundIn = (path: string) => find('GET', `/api/v1${path}`);

describe('a plain GET', () => {
  it.each([
    ['/lessons/a', '/lessons/{lessonId}', { lessonId: 'a' }],
    ['/lessons/next', '/lessons/{lessonId}', { lessonId: 'next' }],
    ['/courses/mine', '/courses/mine', {}],
    ['/courses/-._~', '/courses/{courseId}', { courseId: '-._~' }],
    ['/courses/1/lessons/2', '/courses/{courseId}/lessons/{lessonId}', { courseId: '1', lessonId: '2' }],
    ['/me', '/me', {}],
  ])('of %s finds the route that was declared first', (path, route, params) => {
    const match = foundIn(path);
    expect([match?.route.definition.path, match?.params]).toEqual([route, params]);
  });

  it.each([
    '/lessons/',
    '/lessons//',
    '/lessons/a/',
    '/Lessons/a',
    '/lessons/a%20b',
    '/lessons/é',
    '/lessons/a;b',
    '/nowhere',
    '/me/',
    '',
  ])('of "%s" is left to Express', (path) => {
    expect(foundIn(path)).toBeUndefined();
  });

  // A trailing slash sends the same request through Express.
  it.each([
    ['/me', {}],
    ['/lessons/0190', {}],
    ['/courses/1/lessons/2?a=1&b=x%20y&b=z&__proto__=1', {}],
    ['/shared', {}],
    ['/shared', { origin: 'https://app.example' }],
    ['/shared', { origin: 'https://evil.example' }],
    ['/me', { 'x-forwarded-for': '198.51.100.7, 203.0.113.5' }],
    ['/me?', { 'if-none-match': '*' }],
  ] as [string, Record<string, string>][])('of %s with %j gets what Express sends', async (path, headers) => {
    const [name, query] = path.split('?');
    const direct = await send('GET', path, headers);
    expect(direct).toEqual(await send('GET', `${name}/${query === undefined ? '' : `?${query}`}`, headers));
    expect(direct.status).toBe('if-none-match' in headers ? 304 : 200);
  });

  it('sees through as many proxies as are trusted', async () => {
    const { body } = await send('GET', '/me', { 'x-forwarded-for': '198.51.100.7, 203.0.113.5' });
    expect(JSON.parse(body)).toMatchObject({ ip: '203.0.113.5' });
  });
});

describe('headers of every response', () => {
  it.each(['/me', '/me/', '/nowhere'])('are those of helmet and cors: %s', async (path) => {
    const directives = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
    const reference = express()
      .use(helmet({ contentSecurityPolicy: { useDefaults: false, directives } }))
      .use(
        cors({
          origin: ['https://app.example'],
          exposedHeaders: ['x-request-id', 'etag', 'ratelimit', 'ratelimit-policy', 'retry-after'],
        }),
      )
      .use((_req, res) => void res.end());
    const server = reference.listen(0);
    try {
      const { port } = server.address() as { port: number };
      for (const origin of [undefined, 'https://app.example', 'https://evil.example']) {
        const headers = origin === undefined ? {} : { origin };
        const wanted = await fetch(`http://127.0.0.1:${port}/`, { headers });
        const { date, connection, 'keep-alive': keep, ...expected } = Object.fromEntries(wanted.headers);
        const { 'content-length': _length, ...rest } = expected;
        expect((await send('GET', path, headers)).headers).toMatchObject(rest);
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('can be replaced by a route, except Vary, which grows', async () => {
    const { headers } = await send('GET', '/shared');
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'self'",
      vary: 'Origin, accept-language',
      'x-content-type-options': 'nosniff',
    });
  });

  it('let browsers of listed origins send a preflight', async () => {
    const preflight = await send('OPTIONS', '/me', {
      origin: 'https://app.example',
      'access-control-request-method': 'PUT',
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE',
        'x-content-type-options': 'nosniff',
      },
    });
  });
});
