import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeIngress, createIngress, findRoute, readRoutes } from './ingress.ts';
import { serviceNames } from './services.ts';

const routes = [
  { path: '/api/v1/media', service: 'media' },
  { path: '/api/v1/courses', service: 'content' },
  { path: '/api/v1/courses/import', service: 'importer' },
];
/** The request as the service behind the ingress received it. */
interface Seen {
  url: string;
  headers: Record<string, string>;
  body: string;
}

let backend: Server;
let ingress: Server;
let base: string;
let answer: (req: IncomingMessage, res: ServerResponse) => void;

beforeAll(async () => {
  backend = createServer((req, res) => answer(req, res));
  const port = await listen(backend);
  ingress = createIngress({
    routes,
    targetOf: (service) => (service === 'media' ? 'http://127.0.0.1:9' : `http://127.0.0.1:${port}`),
    maxBodyBytes: 1_000,
  });
  base = `http://127.0.0.1:${await listen(ingress)}/api/v1`;
});
afterAll(async () => {
  await closeIngress(ingress, 100);
  backend.close().closeAllConnections();
});
beforeEach(() => {
  answer = (req, res) => {
    void buffer(req).then((body) => {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ url: req.url, headers: req.headers, body: body.toString() }));
    });
  };
});

describe('the route table', () => {
  it('names every service, and no others', () => {
    const table = readRoutes(join(import.meta.dirname, '../../..'));
    expect([...new Set(table.map(({ service }) => service))].sort()).toEqual([...serviceNames].sort());
    expect(table.every(({ path }) => path.startsWith('/api/v1/'))).toBe(true);
  });

  it.each([
    ['/api/v1/courses', 'content'],
    ['/api/v1/courses?limit=1', 'content'],
    ['/api/v1/courses/7', 'content'],
    ['/api/v1/courses/import', 'importer'],
    ['/api/v1/courses/imported', 'content'],
    ['/api/v1/coursesx', undefined],
    ['/api/v1', undefined],
    ['/metrics', undefined],
  ])('%s goes to %s', (url, service) => {
    expect(findRoute(routes, url)?.service).toBe(service);
  });
});

describe('requests', () => {
  it('reach the service with their path, query, method, headers and body', async () => {
    const response = await fetch(`${base}/courses/7?a=1&a=2`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'x-request-id': 'r-1' },
      body: 'hello',
    });
    const seen = (await response.json()) as Seen;
    expect(seen).toMatchObject({
      url: '/api/v1/courses/7?a=1&a=2',
      body: 'hello',
      headers: { authorization: 'Bearer t', 'x-request-id': 'r-1' },
    });
  });

  it('cannot forge their sender', async () => {
    const response = await fetch(`${base}/courses`, {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-proto': 'https',
        'x-forwarded-user': 'admin',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
      },
    });
    const seen = (await response.json()) as Seen;
    expect(seen.headers['x-forwarded-for']).toMatch(/127\.0\.0\.1$/);
    expect(seen.headers['x-forwarded-proto']).toBe('http');
    expect(seen.headers['x-forwarded-host']).toBe(new URL(base).host);
    expect(JSON.stringify(seen.headers)).not.toMatch(/6\.6\.6\.6|admin/);
  });

  it('without a route are answered with 404, as a problem', async () => {
    const response = await fetch(`${base}/secrets`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as { requestId: string };
    expect(problem).toMatchObject({ code: 'route_not_found', status: 404 });
    expect(response.headers.get('x-request-id')).toBe(problem.requestId);
  });

  it('to a service that is down are answered with 503, as a problem with Retry-After', async () => {
    const response = await fetch(`${base}/media/1`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ code: 'dependency_unavailable' });
  });

  it('fail visibly when the service dies in the middle of a response', async () => {
    answer = (_req, res) => {
      res.writeHead(200, { 'content-length': '1000' });
      res.write('half');
      setTimeout(() => res.destroy(), 50);
    };
    const response = await fetch(`${base}/courses`);
    await expect(response.text()).rejects.toThrow();
  });
});

describe('bodies that are too large', () => {
  it('are refused by their Content-Length before the service receives them', async () => {
    let asked = 0;
    answer = (_req, res) => {
      asked += 1;
      res.end();
    };
    const response = await fetch(`${base}/courses`, { method: 'POST', body: 'x'.repeat(1_001) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'body_too_large' });
    expect(asked).toBe(0);
  });

  it('are cut off if their length is not declared', async () => {
    const answered = new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const req = request(`${base}/courses`, { method: 'POST' }, (res) => {
        void buffer(res).then((text) => resolve({ status: res.statusCode, text: text.toString() }));
      });
      req.on('error', reject);
      for (let n = 0; n < 20; n++) req.write('x'.repeat(100));
      req.end();
    });
    const { status, text } = await answered;
    expect(status).toBe(413);
    expect(text).toContain('body_too_large');
  });

  it('do not affect bodies of exactly the maximum size', async () => {
    const response = await fetch(`${base}/courses`, { method: 'POST', body: 'x'.repeat(1_000) });
    const seen = (await response.json()) as Seen;
    expect(seen.body).toHaveLength(1_000);
  });
});

describe('streams', () => {
  it('arrive in pieces, not at the end', async () => {
    const firstCame = Promise.withResolvers<void>();
    answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: one\n\n');
      void firstCame.promise.then(() => res.end('data: two\n\n'));
    };
    const response = await fetch(`${base}/courses`);
    const pieces: string[] = [];
    for await (const piece of response.body ?? []) {
      pieces.push(Buffer.from(piece).toString());
      // The second piece is sent only now.
      firstCame.resolve();
    }
    expect(pieces).toEqual(['data: one\n\n', 'data: two\n\n']);
  });

  it('end at the service when the client disconnects', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: one\n\n');
        res.on('close', resolve);
      };
    });
    const caller = new AbortController();
    await fetch(`${base}/courses`, { signal: caller.signal });
    caller.abort();
    await closed;
  });
});

it('refuses headers that are too large', async () => {
  const response = await fetch(`${base}/courses`, { headers: { cookie: 'x'.repeat(20_000) } });
  expect(response.status).toBe(431);
});

it('closes idle connections at once, and lets a request in flight finish', async () => {
  const own = createIngress({ routes, targetOf: () => `http://127.0.0.1:${portOf(backend)}` });
  const port = await listen(own);
  const idle = connect(port, '127.0.0.1');
  const idleEnded = new Promise((resolve) => idle.on('close', resolve));
  idle.write('GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise((resolve) => idle.once('data', resolve));
  idle.resume();
  const [asked, closing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  answer = (_req, res) => {
    asked.resolve();
    void closing.promise.then(() => res.end('finished'));
  };
  const inFlight = fetch(`http://127.0.0.1:${port}/api/v1/courses`).then((response) => response.text());
  await asked.promise;
  const closed = closeIngress(own, 10_000);
  await idleEnded;
  closing.resolve();
  expect(await inFlight).toBe('finished');
  await closed;
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
