import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitForRedis } from '@lms/redis';
import { loopTimeOf } from '@lms/testing';
import { startPlainHarness } from '@lms/testing/harness';
import { status } from '../service.ts';

/** A small HTTP server in place of a service, whose responses a test can change. */
export interface FakeService {
  name: string;
  url: string;
  answer: RequestListener;
  /** Requests for /health so far. */
  asked: number;
  /** Starts again on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const needs = ['postgres', 'redis', 'kafka', 'objectStore'];

/** Serves /health like a service whose `down` dependencies are down, and /openapi.json with one path. */
export function answering(name: string, down: string[] = []): RequestListener {
  const dependencies = Object.fromEntries(
    needs.map((need) => [
      need,
      down.includes(need)
        ? { status: 'down', latencyMs: 500, reason: 'timeout' }
        : { status: 'up', latencyMs: 2 },
    ]),
  );
  return (req, res) => {
    if (req.url === '/health') {
      const status = down.length > 0 ? 'down' : 'up';
      res.writeHead(down.length > 0 ? 503 : 200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ status, checkedAt: new Date().toISOString(), dependencies }));
    } else if (req.url === '/openapi.json') {
      res.writeHead(200, { 'content-type': 'application/json' });
      const paths = { [`/${name}`]: { get: { responses: { 200: { description: 'ok' } } } } };
      res.end(JSON.stringify({ openapi: '3.1.0', info: { title: name, version: '1' }, paths }));
    } else res.writeHead(404).end();
  };
}

export async function startFakeService(name: string): Promise<FakeService> {
  let server: Server | undefined;
  let port = 0;
  const fake: FakeService = {
    name,
    url: '',
    answer: answering(name),
    asked: 0,
    async start() {
      server = createServer((req, res) => {
        if (req.url === '/health') fake.asked += 1;
        fake.answer(req, res);
      });
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
    stop: () => close(server),
  };
  await fake.start();
  fake.url = `http://127.0.0.1:${port}`;
  return fake;
}

/** The real app watching `services`; `redisUrl` may name a server that does not exist. */
export async function startStatus(services: FakeService[], redisUrl?: string) {
  const targets = services.map(({ name, url }) => `${name}=${url}`).join(',');
  const { base, call, deps, drain, stop } = await startPlainHarness(status, {
    env: { STATUS_TARGETS: targets, ...(redisUrl ? { REDIS_URL: redisUrl } : {}) },
  });
  return {
    ...{ base, drain, stop },
    redisIsReady: () => waitForRedis(deps.redis),
    /** Also returns how long the response took, in ms during which this process ran (see `loopTimeOf`). */
    async get(path: string, headers: Record<string, string> = {}) {
      const { result: answer, ms } = await loopTimeOf(() => call(null, 'GET', path, { headers }));
      return { ...answer, text: answer.bytes.toString(), ms };
    },
  };
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
