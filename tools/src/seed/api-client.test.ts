import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { createApiClient } from './api-client.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function startServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
}

it('retries while the platform is busy, and returns the response', async () => {
  const asked: string[] = [];
  const api = createApiClient(
    await startServer((req, res) => {
      asked.push(`${req.method} ${req.url} ${req.headers.authorization}`);
      if (asked.length < 3) res.writeHead(asked.length === 1 ? 503 : 429).end();
      else res.end('{"id":7}');
    }),
  );
  api.token = 't0';
  expect(await api.call('POST', '/courses/import', { body: {} })).toEqual({ id: 7 });
  expect(asked).toEqual(Array(3).fill('POST /api/v1/courses/import Bearer t0'));
});

it('does not retry a refused request, and names the invalid fields', async () => {
  let asked = 0;
  const api = createApiClient(
    await startServer((_req, res) => {
      asked += 1;
      const errors = [{ path: 'course.yaml:3 level', message: 'must be A1 to C2' }];
      res.writeHead(422).end(JSON.stringify({ code: 'invalid_course', detail: 'It has a mistake.', errors }));
    }),
  );
  await expect(api.call('POST', '/courses/import')).rejects.toThrow(
    'POST /courses/import: 422 invalid_course It has a mistake.\n  course.yaml:3 level: must be A1 to C2',
  );
  expect(asked).toBe(1);
});

it('reports the status of a response that is not JSON', async () => {
  const api = createApiClient(await startServer((_req, res) => res.writeHead(404).end('<html>')));
  await expect(api.call('GET', '/x')).rejects.toThrow('GET /x: 404');
});
