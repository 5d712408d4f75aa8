import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { counterPatienceMs } from '@lms/redis';
import { healthCheckTimeoutMs } from '@lms/runtime';
import { stackEnv, startTcpProxy } from '@lms/testing';
import { answering, type FakeService, startFakeService, startStatus } from '../testing/harness.ts';
import { askTimeoutMs } from './ask-service.ts';

const names = ['auth', 'content', 'media', 'ai'];
let services: FakeService[];
let status: Awaited<ReturnType<typeof startStatus>>;
beforeAll(async () => {
  services = await Promise.all(names.map(startFakeService));
  status = await startStatus(services);
});
afterAll(async () => {
  await status?.stop();
  await Promise.all(services.map((service) => service.stop()));
});
beforeEach(async () => {
  for (const service of services) service.answer = answering(service.name);
  await sleep(520); // what was answered before is kept for half a second
});

const service = (name: string) => services.find((candidate) => candidate.name === name) as FakeService;
const health = async (from = status) => {
  const answer = await from.get('/health');
  return { ...answer, body: JSON.parse(answer.text) };
};

test('returns 200 if all services and dependencies are up', async () => {
  const { status: code, body, headers } = await health();
  expect(code).toBe(200);
  expect(body).toMatchObject({
    status: 'up',
    services: { auth: { status: 'up' }, content: {}, media: {}, ai: {} },
    dependencies: { postgres: 'up', redis: 'up', kafka: 'up', objectStore: 'up' },
  });
  expect(body.services.auth.dependencies.postgres).toEqual({ status: 'up', latencyMs: 2 });
  expect(headers.get('cache-control')).toBe('no-store');
});

test.each(['postgres', 'redis', 'kafka', 'objectStore'])(
  'returns 503 that names %s while one service cannot reach it, and 200 afterwards',
  async (name) => {
    service('media').answer = answering('media', [name]);
    const down = await health();
    expect(down.status).toBe(503);
    expect(down.body.dependencies).toEqual({
      ...{ postgres: 'up', redis: 'up', kafka: 'up', objectStore: 'up' },
      [name]: 'down',
    });
    expect(down.body.services.media).toMatchObject({
      status: 'down',
      dependencies: { [name]: { status: 'down', reason: 'timeout' } },
    });
    expect(down.body.services.content.status).toBe('up');
    service('media').answer = answering('media');
    await sleep(520);
    expect((await health()).status).toBe(200);
  },
);

test('names a service that is down, and notices when it is up again', async () => {
  await service('ai').stop();
  const gone = await health();
  expect(gone.status).toBe(503);
  expect(gone.body.services.ai).toEqual({ status: 'down', reason: 'unreachable', dependencies: {} });
  await service('ai').start();
  await sleep(520);
  expect((await health()).status).toBe(200);
});

describe('services that misbehave', () => {
  test('a service that hangs delays concurrent requests by less than a second', async () => {
    const held: ServerResponse[] = [];
    service('content').answer = (_req, res) => held.push(res);
    const answers = await Promise.all(Array.from({ length: 20 }, () => health()));
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.body.services.content).toMatchObject({ status: 'down', reason: 'timeout' });
      expect(answer.ms).toBeLessThan(1_000);
    }
    // The responses arrived while the service was still withholding its own.
    expect(held.map((res) => res.headersSent)).toEqual([false]);
  });

  test('a service that sends its response byte by byte delays requests by less than a second', async () => {
    let sent = '';
    service('content').answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => {
        sent += ' ';
        res.write(' ');
      }, 100);
      res.on('close', () => clearInterval(drip));
    };
    const answer = await health();
    expect(answer.status).toBe(503);
    expect(answer.body.services.content).toMatchObject({ reason: 'timeout' });
    expect(answer.ms).toBeLessThan(1_000);
    expect(sent).not.toBe('');
  });

  test('the waits add up to less than a second even if Redis hangs too', () => {
    expect(counterPatienceMs + askTimeoutMs).toBeLessThan(1_000);
    // A service reports a dependency that hangs before the service itself counts as hanging.
    expect(healthCheckTimeoutMs).toBeLessThan(askTimeoutMs);
  });

  test.each([
    ['an HTML page', '<html>502 Bad Gateway</html>', 502],
    ['JSON of another shape', '{"ok":true}', 200],
    ['nothing', '', 200],
    ['a report that contradicts its status code', '{"status":"up","dependencies":{}}', 500],
    ['an invalid name', '{"status":"up","dependencies":{"<b>":{"status":"up","latencyMs":1}}}', 200],
    ['half a megabyte', `{"status":"up","dependencies":{},"x":"${'x'.repeat(500_000)}"}`, 200],
  ])('a service that responds with %s counts as down', async (_what, text, code) => {
    service('content').answer = (_req, res) => res.writeHead(code).end(text);
    const answer = await health();
    expect(answer.status).toBe(503);
    expect(answer.body.services.content).toEqual({
      status: 'down',
      reason: 'invalid_answer',
      dependencies: {},
    });
  });

  test('a redirect is not followed', async () => {
    service('content').answer = (_req, res) =>
      res.writeHead(302, { location: `${service('auth').url}/health` }).end();
    expect((await health()).body.services.content.status).toBe('down');
  });
});

test('the response contains only declared fields, and no address or version', async () => {
  service('auth').answer = (_req, res) =>
    res.writeHead(503).end(
      JSON.stringify({
        status: 'down',
        version: '9.9.9',
        host: 'db.internal',
        dependencies: {
          postgres: { status: 'down', latencyMs: 1, error: 'connect ECONNREFUSED 10.0.0.7:5432' },
        },
      }),
    );
  const { text } = await health();
  expect(text).not.toMatch(/9\.9\.9|db\.internal|ECONNREFUSED|10\.0\.0\.7|127\.0\.0\.1/);
});

test('many callers cause only one round of queries per half second', async () => {
  const before = service('auth').asked;
  const started = performance.now();
  await Promise.all(Array.from({ length: 200 }, () => health()));
  await health();
  const rounds = 1 + Math.floor((performance.now() - started) / 500);
  expect(service('auth').asked - before).toBeGreaterThanOrEqual(1);
  expect(service('auth').asked - before).toBeLessThanOrEqual(rounds);
});

test('dependencies are unknown if no service can report on them', async () => {
  for (const each of services) each.answer = (_req, res) => res.writeHead(404).end();
  expect((await health()).body.dependencies).toEqual({
    postgres: 'unknown',
    redis: 'unknown',
    kafka: 'unknown',
    objectStore: 'unknown',
  });
});

describe("the status service's Redis", () => {
  test('can be down', async () => {
    const lonely = await startStatus(services, 'redis://127.0.0.1:9');
    const answer = await health(lonely);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit')).toBeTruthy();
    await lonely.stop();
  });

  test('can hang, and the response still takes less than a second', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const patient = await startStatus(
      services,
      `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    );
    for (let n = 0; n < 3; n++) expect((await health(patient)).ms).toBeLessThan(1_000);
    await patient.stop();
    silent.close();
  });

  test('can stop responding at run time, and the response still takes less than a second', async () => {
    const { hostname, port } = new URL(stackEnv().redisUrl);
    const redis = await startTcpProxy({ host: hostname, port: Number(port) });
    const watched = await startStatus(services, `redis://127.0.0.1:${redis.port}`);
    try {
      await watched.redisIsReady();
      expect((await health(watched)).status).toBe(200);
      redis.hang();
      for (let n = 0; n < 4; n++) {
        const answer = await health(watched);
        expect(answer.status).toBe(200);
        expect(answer.ms).toBeLessThan(1_000);
        await sleep(300);
      }
    } finally {
      await watched.stop();
      await redis.close();
    }
  });
});
