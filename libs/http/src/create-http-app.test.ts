import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError, notFound } from '@lms/errors';
import { eventuallyPasses } from '@lms/testing';
import { z } from 'zod';
import type { Problem } from './problem.ts';
import { defineRoute, Reply } from './route.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const thing = z.object({ name: z.string() });
const routes = [
  defineRoute({
    method: 'get',
    path: '/things/{thingId}',
    summary: 'A thing',
    tag: 'Things',
    auth: 'user',
    input: { params: z.object({ thingId: z.uuid() }) },
    output: { status: 200, body: thing },
    errors: ['not_found'],
    handler: async ({ caller }) => ({ name: caller.role, secret: 'never sent' }) as { name: string },
  }),
  defineRoute({
    method: 'post',
    path: '/things',
    summary: 'Make a thing',
    tag: 'Things',
    auth: 'user',
    input: { body: z.strictObject({ name: z.string().min(1), amount: z.int().min(0) }) },
    output: { status: 201, body: thing },
    bodyLimitBytes: 200,
    handler: async ({ body }) => new Reply({ name: body.name }, { headers: { location: '/things/1' } }),
  }),
  defineRoute({
    method: 'post',
    path: '/editors-only',
    summary: 'For editors',
    tag: 'Things',
    auth: { roles: ['editor', 'admin'] },
    output: { status: 204 },
    handler: async () => undefined,
  }),
  defineRoute({
    method: 'get',
    path: '/failures/{kind}',
    summary: 'Fails',
    tag: 'Things',
    auth: 'public',
    input: { params: z.object({ kind: z.string() }) },
    output: { status: 200, body: thing },
    timeoutMs: 300,
    handler: async ({ params, signal }) => fail(params.kind, signal),
  }),
  defineRoute({
    method: 'put',
    path: '/bytes',
    summary: 'Takes bytes',
    tag: 'Things',
    auth: 'public',
    input: { body: { contentTypes: ['application/zip'], limitBytes: 10 } },
    output: { status: 200, body: z.object({ size: z.int() }) },
    handler: async ({ body }) => ({ size: (body as unknown as Buffer).length }),
  }),
];

/** Signals of requests, and why they were aborted. */
const aborted: unknown[] = [];
const watched = defineRoute({
  method: 'get',
  path: '/watched/{when}',
  summary: 'Waits for its signal',
  tag: 'Things',
  auth: 'public',
  input: { params: z.object({ when: z.enum(['at-once', 'late']) }) },
  output: { status: 204 },
  timeoutMs: 400,
  handler: async (input) => {
    // A signal that is read only after the client has gone is aborted all the same.
    if (input.params.when === 'late') await sleep(200);
    const { signal } = input;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    aborted.push((signal.reason as Error).name);
    return undefined;
  },
});
routes.push(watched);

async function fail(kind: string, signal: AbortSignal): Promise<{ name: string }> {
  if (kind === 'bug') throw new Error('password=hunter2 at postgresql://user:hunter2@db/lms');
  if (kind === 'driver') throw Object.assign(new Error('refused'), { status: 418 });
  if (kind === 'down') throw new Error('database is down');
  if (kind === 'known') throw new AppError('conflict', 'It changed meanwhile.', { details: { version: 3 } });
  if (kind === 'missing') throw notFound('The thing');
  if (kind === 'wrong-answer') return { nom: 'x' } as unknown as { name: string };
  await sleep(5_000, undefined, { signal });
  return { name: 'late' };
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    routes,
    deps: {},
    isUnavailable: (error) => error instanceof Error && error.message.includes('is down'),
    corsOrigins: ['https://app.example'],
  });
});
afterAll(() => app.close());

const asLearner = { authorization: 'Bearer learner-token' };
const post = (path: string, body: unknown, headers: Record<string, string> = asLearner) =>
  app.call('POST', path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const problem = async (answer: Response) => (await answer.json()) as Problem;
const someThing = '/things/01900000-0000-7000-8000-000000000009';

describe('who may call', () => {
  it('denies by default: without a token, with a bad one, with the wrong role', async () => {
    const without = await app.call('GET', someThing);
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toBe('Bearer error="unauthenticated"');
    expect((await app.call('GET', someThing, { headers: { authorization: 'Bearer nobody' } })).status).toBe(
      401,
    );
    expect(
      (await app.call('GET', someThing, { headers: { authorization: 'Basic bGVhcm5lcg==' } })).status,
    ).toBe(401);
    const wrongRole = await app.call('POST', '/editors-only', { headers: asLearner });
    expect([wrongRole.status, (await problem(wrongRole)).code]).toEqual([403, 'forbidden']);
    const editor = await app.call('POST', '/editors-only', {
      headers: { authorization: 'Bearer editor-token' },
    });
    expect(editor.status).toBe(204);
  });

  it('checks the token before it reads the body', async () => {
    const answer = await post('/things', 'x'.repeat(10_000), {});
    expect(answer.status).toBe(401);
  });
});

describe('input', () => {
  it('names every wrong field at once', async () => {
    const answer = await post('/things', { name: '', amount: 1.5, colour: 'red' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const body = await problem(answer);
    expect(body).toMatchObject({
      code: 'validation_failed',
      status: 400,
      type: 'urn:lms:problem:validation_failed',
    });
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(['body', 'body.amount', 'body.name']);
  });

  it('responds 404 to an invalid id', async () => {
    const answer = await app.call('GET', '/things/not-a-uuid', { headers: asLearner });
    expect([answer.status, (await problem(answer)).code]).toEqual([404, 'not_found']);
  });

  it.each([
    ['{"name": ', {}, 400, 'malformed_body'],
    [JSON.stringify({ name: 'x'.repeat(300), amount: 1 }), {}, 413, 'body_too_large'],
    ['name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['{"name":"a","amount":1}', { 'content-encoding': 'lzma' }, 415, 'unsupported_media_type'],
    ['{"name":"a","amount":1}', { 'idempotency-key': 'with space' }, 400, 'validation_failed'],
  ])('refuses %s %j with %i %s', async (body, headers, status, code) => {
    const answer = await post('/things', body, { ...asLearner, ...headers });
    expect([answer.status, (await problem(answer)).code]).toEqual([status, code]);
  });

  it('takes bytes of a declared type up to their limit', async () => {
    const put = (type: string, size: number) =>
      app.call('PUT', '/bytes', { headers: { 'content-type': type }, body: new Uint8Array(size) });
    expect(await (await put('application/zip', 10)).json()).toEqual({ size: 10 });
    expect((await put('application/zip', 11)).status).toBe(413);
    expect((await put('text/plain', 5)).status).toBe(415);
    expect((await put('application/zip', 0)).status).toBe(400);
  });
});

describe('answers', () => {
  it('drop what was not declared and carry status, headers and a request id', async () => {
    const read = await app.call('GET', someThing, {
      headers: { ...asLearner, 'x-request-id': 'from-the-app-1' },
    });
    expect(await read.json()).toEqual({ name: 'learner' });
    expect(read.headers.get('x-request-id')).toBe('from-the-app-1');
    const made = await post('/things', { name: 'pen', amount: 1 });
    expect([made.status, made.headers.get('location')]).toEqual([201, '/things/1']);
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('replace a request id that is unsafe in a log', async () => {
    const answer = await app.call('GET', someThing, {
      headers: { ...asLearner, 'x-request-id': 'a"b{c}d;e' },
    });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are replaced by a 500 when they do not match their declaration, so that nothing leaks', async () => {
    expect((await app.call('GET', '/failures/wrong-answer')).status).toBe(500);
  });

  it('forbid being framed, sniffed or cached as a page', async () => {
    const { headers } = await app.call('GET', someThing, { headers: asLearner });
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('list the allowed methods of a path that exists, and are 404 for one that does not', async () => {
    const wrongMethod = await app.call('DELETE', someThing, { headers: asLearner });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET']);
    const nowhere = await app.call('GET', '/nowhere');
    expect([nowhere.status, (await problem(nowhere)).code]).toEqual([404, 'route_not_found']);
    expect((await app.call('GET', '/things/%E0%A4%A')).status).toBe(400);
  });

  it('allow browsers of listed origins only', async () => {
    const from = (origin: string) => app.call('GET', someThing, { headers: { ...asLearner, origin } });
    const allowed = (await from('https://app.example')).headers.get('access-control-allow-origin');
    expect(allowed).toBe('https://app.example');
    expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the signal of a request', () => {
  it.each(['at-once', 'late'])('is aborted when the client disconnects: read %s', async (when) => {
    aborted.length = 0;
    const leave = new AbortController();
    const asked = app.call('GET', `/watched/${when}`, { signal: leave.signal });
    await sleep(50);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await eventuallyPasses('the handler sees it', () => expect(aborted).toEqual(['AbortError']));
    expect(app.logged()).toContainEqual(
      expect.objectContaining({ route: '/api/v1/watched/{when}', status: 499 }),
    );
  });

  it('is aborted when the time limit expires', async () => {
    aborted.length = 0;
    expect((await app.call('GET', '/watched/at-once')).status).toBe(503);
    await eventuallyPasses('the handler sees it', () => expect(aborted).toEqual(['TimeoutError']));
  });
});

describe('failures', () => {
  it.each([
    ['known', 409, 'conflict'],
    ['missing', 404, 'not_found'],
    ['down', 503, 'dependency_unavailable'],
    ['bug', 500, 'internal_error'],
    ['driver', 500, 'internal_error'],
    ['slow', 503, 'request_timeout'],
  ])('%s is answered %i %s', async (kind, status, code) => {
    const answer = await app.call('GET', `/failures/${kind}`);
    const body = await problem(answer);
    expect([answer.status, body.status, body.code]).toEqual([status, status, code]);
    expect(body.requestId).toBe(answer.headers.get('x-request-id'));
    if (status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('log their text without credentials, and never return it in the response', async () => {
    const answer = await app.call('GET', '/failures/bug', { headers: { 'x-request-id': 'a-bug-happened' } });
    expect(await answer.text()).not.toContain('hunter2');
    const [line] = app
      .logged()
      .filter(({ requestId, msg }) => requestId === 'a-bug-happened' && msg === 'request failed');
    expect(line).toMatchObject({ level: 'error', code: 'internal_error' });
    expect(JSON.stringify(line)).not.toContain('user:hunter2@');
  });
});

describe('metrics and logs', () => {
  it('labels metrics with the route, not with the path', async () => {
    await app.call('GET', someThing, { headers: asLearner });
    await app.call('GET', '/nowhere-at-all');
    const text = await app.metrics.registry.metrics();
    expect(text).toContain('route="/api/v1/things/{thingId}",status="200"');
    expect(text).toContain('route="unmatched",status="404"');
    expect(text).not.toContain('nowhere-at-all');
  });

  it('logs a line per request, without token, path parameters or address', async () => {
    await app.call('GET', someThing, { headers: { ...asLearner, 'x-request-id': 'one-line-please' } });
    const lines = app.logged().filter(({ requestId }) => requestId === 'one-line-please');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: 'request',
      method: 'GET',
      status: 200,
      route: '/api/v1/things/{thingId}',
    });
    expect(JSON.stringify(lines)).not.toMatch(/learner-token|000000000009|127\.0\.0\.1/);
  });
});
