import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answers } from './checks.ts';
import type { Call } from './contender.ts';
import { connections, runLoad } from './run-load.ts';
import { timeOne } from './time-one.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server, and requests that ask it for `{"n": …}`, each for another number. */
async function workOn(listener: RequestListener): Promise<{ url: string; next(): Call }> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let n = 0;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: () => {
      n += 1;
      const wanted = n;
      const check = answers<{ n: number }>(200, (body) => body.n === wanted);
      return { method: 'GET', path: `/${n}`, headers: {}, check };
    },
  };
}
const echo: RequestListener = (req, res) => void res.end(`{"n":${req.url?.slice(1)}}`);
/** Every request but the first hundred: fast, and not what was asked for. */
const failing = (answer: RequestListener): RequestListener => {
  let requests = 0;
  return (req, res) => {
    requests += 1;
    return requests <= 100 ? echo(req, res) : answer(req, res);
  };
};

describe('the load', () => {
  it('sends exactly as many requests as asked for, rounded up to all connections', async () => {
    let received = 0;
    const work = await workOn((req, res) => {
      received += 1;
      echo(req, res);
    });
    const { answered } = await runLoad(work, { amount: 300 });
    expect(answered).toBe(Math.ceil(300 / connections) * connections);
    expect(received).toBe(answered);
  });

  it.each<[string, RequestListener]>([
    ['an error', (_req, res) => void res.writeHead(503).end('{}')],
    ['a wrong body', (_req, res) => void res.end('{"n":0}')],
    ['no JSON', (_req, res) => void res.end('<html>')],
  ])('fails for %s, however fast it is', async (_what, answer) => {
    const work = await workOn(failing(answer));
    await expect(runLoad(work, { amount: 320 })).rejects.toThrow('a response is wrong: GET /');
  });
});

describe('a steady rate', () => {
  it('sends all requests, and not before their time', async () => {
    let received = 0;
    const work = await workOn((req, res) => {
      received += 1;
      echo(req, res);
    });
    const { seconds } = await runLoad(work, { amount: 128, perSecond: 64 });
    expect(received).toBe(128);
    expect(seconds).toBeGreaterThan(0.9);
  });
});

describe('the time of one request', () => {
  it('is not measured for a wrong response', async () => {
    const work = await workOn((_req, res) => void res.writeHead(429).end());
    await expect(timeOne(work)).rejects.toThrow('GET /1: 429');
  });
});
