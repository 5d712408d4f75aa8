import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedis, type Redis, waitForRedis } from '@lms/redis';
import { createLogger } from '@lms/runtime';
import { stackEnv, startTcpProxy, type TcpProxy } from '@lms/testing';
import { createRateLimiter } from './rate-limit.ts';
import { defineRoute } from './route.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const route = (limit: number) =>
  defineRoute({
    method: 'get',
    path: '/limited',
    summary: 'Limited',
    tag: 'Test',
    auth: 'public',
    output: { status: 204 },
    rateLimit: { name: 'limited', limit, windowSeconds: 60 },
    handler: async () => undefined,
  });

let proxy: TcpProxy;
let service: string;
const opened: { redis: Redis; app: TestApp }[] = [];

/** A pod of the service: an app and a Redis client of its own, behind the proxy. */
async function startPod(limit: number): Promise<TestApp> {
  const redis = createRedis({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test', log });
  await waitForRedis(redis);
  const rateLimiter = createRateLimiter({ redis, service });
  const app = await startTestApp({ routes: [route(limit)], deps: {}, rateLimiter });
  opened.push({ redis, app });
  return app;
}
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const statusesOf = async (app: TestApp, count: number, address: string) => {
  const statuses: number[] = [];
  for (let i = 0; i < count; i += 1) statuses.push((await app.call('GET', '/limited', from(address))).status);
  return statuses;
};

beforeEach(async () => {
  service = `test-${randomUUID()}`;
  const { hostname, port } = new URL(stackEnv().redisUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
});
afterEach(async () => {
  for (const { app, redis } of opened.splice(0)) {
    await app.close();
    redis.disconnect();
  }
  await proxy.close();
});

describe('rate limits', () => {
  it('apply per address across all pods, and appear in every response', async () => {
    const [one, two] = [await startPod(3), await startPod(3)];
    const first = await one.call('GET', '/limited', from('203.0.113.1'));
    expect(first.headers.get('ratelimit-policy')).toBe('"limited";q=3;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"limited";r=2;t=\d+$/);
    expect(await statusesOf(two, 3, '203.0.113.1')).toEqual([204, 204, 429]);
    const refused = await one.call('GET', '/limited', from('203.0.113.1'));
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusesOf(one, 1, '203.0.113.2')).toEqual([204]);
  });

  it('apply in the memory of each pod while Redis is down', async () => {
    const pod = await startPod(3);
    proxy.cut();
    expect(await statusesOf(pod, 5, '203.0.113.3')).toEqual([204, 204, 204, 429, 429]);
  });

  it('apply while Redis hangs, and delay only one request', async () => {
    const pod = await startPod(3);
    proxy.hang();
    const started = performance.now();
    expect(await statusesOf(pod, 1, '203.0.113.4')).toEqual([204]);
    const delayed = performance.now();
    // All three together take less than the one that waited for Redis.
    expect(await statusesOf(pod, 3, '203.0.113.4')).toEqual([204, 204, 429]);
    expect(performance.now() - delayed).toBeLessThan(delayed - started);
    proxy.resume();
  });

  it('trust the proxy, and ignore addresses that the client adds', async () => {
    const pod = await startPod(2);
    const forged = (i: number) => ({ headers: { 'x-forwarded-for': `198.51.100.${i}, 203.0.113.5` } });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await pod.call('GET', '/limited', forged(i))).status);
    expect(statuses).toEqual([204, 204, 429]);
  });
});
