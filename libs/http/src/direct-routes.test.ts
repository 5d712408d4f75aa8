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
const echo = (method: 'post' | 'put' | 'patch' | 'delete', path: string): Route<object> =>
  defineRoute({
    ...{ method, path, summary: 'A route', tag: 'Test', auth: 'public', bodyLimitBytes: 100 },
    input: { params: z.looseObject({}), body: z.strictObject({ text: z.string() }) },
    output: {
      status: 201,
      body: z.object({ text: z.string(), key: z.string().nullable(), hash: z.string() }),
    },
    handler: async ({ body, idempotencyKey, requestHash }) => ({
      ...{ text: body.text, key: idempotencyKey ?? null },
      // The path is part of it.
      hash: `${requestHash.length}`,
    }),
  }) as Route<object>;
const upload: Route<object> = defineRoute({
  ...{ method: 'post', path: '/bytes', summary: 'A route', tag: 'Test', auth: 'public' },
  input: { body: { contentTypes: ['application/zip'], limitBytes: 100 } },
  output: { status: 204 },
  handler: async () => undefined,
}) as Route<object>;
const routes = [
  echo('post', '/lessons/{lessonId}/answers'),
  echo('put', '/me'),
  echo('patch', '/me'),
  echo('delete', '/lessons/{lessonId}'),
  upload,
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
function send(method: string, path: string, headers: Record<string, string> = {}, content?: string) {
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
    sent.on('error', reject).end(content);
  });
}

const find = createDirectRoutes(routes);
const foundIn = (path: string) => find('GET', `/api/v1${path}`);

describe('a plain request', () => {
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

  it('whose body is not JSON is left to Express', () => {
    expect(find('POST', '/api/v1/bytes')).toBeUndefined();
    expect(find('POST', '/api/v1/lessons/a')).toBeUndefined();
  });

  it.each<[string, string, Record<string, string>, string | undefined, number]>([
    ['POST', '/lessons/0190/answers', {}, '{"text":"ế"}', 201],
    ['POST', '/lessons/0190/answers?a=1', { 'idempotency-key': 'once' }, '{"text":"a"}', 201],
    ['POST', '/lessons/0190/answers', { 'content-type': 'application/vnd.lms+json' }, '{"text":"a"}', 415],
    ['PUT', '/me', {}, '{"text":"a"}', 201],
    ['PATCH', '/me', { 'content-type': 'application/json; charset=utf-8' }, '{"text":"a"}', 201],
    ['DELETE', '/lessons/0190', { 'content-length': '12' }, '{"text":"a"}', 201],
    ['POST', '/lessons/0190/answers', {}, '{"text":1}', 400],
    ['POST', '/lessons/0190/answers', {}, '{"text":', 400],
    ['POST', '/lessons/0190/answers', {}, undefined, 400],
    ['POST', '/lessons/0190/answers', { 'content-type': 'text/plain' }, 'text', 415],
    [
      'POST',
      '/lessons/0190/answers',
      { 'content-type': 'application/json; charset=x-y' },
      '{"text":"a"}',
      415,
    ],
    ['POST', '/lessons/0190/answers', { 'content-encoding': 'zip' }, '{"text":"a"}', 415],
    ['POST', '/lessons/0190/answers', {}, `{"text":"${'a'.repeat(100)}"}`, 413],
  ])(
    '%s %s with %j and the body %s gets what Express sends',
    async (method, path, headers, content, status) => {
      const [name, query] = path.split('?');
      const sent = { 'content-type': 'application/json', ...headers };
      const direct = await send(method, path, sent, content);
      expect(direct).toEqual(
        await send(method, `${name}/${query === undefined ? '' : `?${query}`}`, sent, content),
      );
      expect(direct.status).toBe(status);
    },
  );

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
