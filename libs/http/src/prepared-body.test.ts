import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { prepareBody } from './prepared-body.ts';
import { defineRoute, Reply } from './route.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const lesson = z.object({ title: z.string() });
const other = z.object({ title: z.string() });
const titles = { ascii: 'Greetings', viet: 'Chào hỏi “buổi sáng” 👋' };
const headers = { 'cache-control': 'private, no-cache' };
const settings = { method: 'get', summary: 'A lesson', tag: 'Lessons', auth: 'public' } as const;
const input = { params: z.object({ title: z.enum(['ascii', 'viet']) }) };
const routes = [
  defineRoute({
    ...{ ...settings, input, path: '/prepared/{title}', output: { status: 200, body: lesson } },
    handler: async ({ params }) => new Reply(prepareBody(lesson, lessonNamed(params.title)), { headers }),
  }),
  defineRoute({
    ...{ ...settings, input, path: '/plain/{title}', output: { status: 200, body: lesson } },
    handler: async ({ params }) => new Reply(lessonNamed(params.title), { headers }),
  }),
  defineRoute({
    ...{ ...settings, path: '/for-another-declaration', output: { status: 200, body: lesson } },
    handler: async () => new Reply(prepareBody(other, { title: 'x' })),
  }),
];

/** Has a field that no route declares. */
function lessonNamed(title: 'ascii' | 'viet'): { title: string } {
  return { title: titles[title], secret: 'never sent' } as { title: string };
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ routes, deps: {} });
});
afterAll(() => app.close());

/** Everything of a response that a client can tell, except what differs between any two requests. */
async function seen(method: string, path: string, conditions: Record<string, string> = {}) {
  // Without this header fetch adds `no-cache` to every conditional request.
  const answer = await app.call(method, path, { headers: { 'cache-control': 'max-age=0', ...conditions } });
  // Connections are kept or closed by method.
  const {
    date: _date,
    'x-request-id': _id,
    connection: _connection,
    'keep-alive': _keep,
    ...rest
  } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: rest, body: await answer.text() };
}

describe('a prepared body', () => {
  it.each(['ascii', 'viet'] as const)('is sent as any other body is: %s', async (title) => {
    const plain = await seen('GET', `/plain/${title}`);
    expect(await seen('GET', `/prepared/${title}`)).toEqual(plain);
    expect(JSON.parse(plain.body)).toEqual({ title: titles[title] });
    expect(plain.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(plain.body)),
      etag: expect.stringMatching(/^W\/"/),
      ...headers,
    });
    const { body: _body, ...head } = plain;
    expect(await seen('HEAD', `/prepared/${title}`)).toEqual({ ...head, body: '' });
  });

  it('is not sent again to a client that has it', async () => {
    const { etag } = (await seen('GET', '/prepared/ascii')).headers;
    const having = async (tags: string, more: Record<string, string> = {}) => {
      const conditions = { 'if-none-match': tags, ...more };
      const answer = await seen('GET', '/prepared/ascii', conditions);
      expect(answer).toEqual(await seen('GET', '/plain/ascii', conditions));
      return answer;
    };
    const unchanged = await having(etag ?? '');
    expect(unchanged).toMatchObject({ status: 304, body: '', headers: { etag, ...headers } });
    expect(unchanged.headers['content-type']).toBeUndefined();
    expect(unchanged.headers['content-security-policy']).toBeDefined();
    expect((await having(`"another", ${etag}`)).status).toBe(304);
    expect((await having('*')).status).toBe(304);
    expect((await having('"another"')).status).toBe(200);
    // A client that reloads wants the body.
    expect((await having(etag ?? '', { 'cache-control': 'no-cache' })).status).toBe(200);
    expect((await seen('HEAD', '/prepared/ascii', { 'if-none-match': etag ?? '' })).status).toBe(304);
  });

  it('is checked when it is prepared', () => {
    expect(() => prepareBody(lesson, { title: 7 } as unknown as { title: string })).toThrow(z.ZodError);
  });

  it('is refused by a route with another declaration', async () => {
    expect((await app.call('GET', '/for-another-declaration')).status).toBe(500);
  });

  it('tells how much memory it takes', () => {
    const { sizeBytes } = prepareBody(lesson, { title: titles.viet });
    expect(sizeBytes).toBe(Buffer.byteLength(JSON.stringify({ title: titles.viet })));
  });
});
