import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses, loopTimeOf, stackEnv, startTcpProxy, type TcpProxy } from '@lms/testing';
import { type Counters, createCounters } from './counters.ts';
import { createRedis, type Redis, waitForRedis } from './create-redis.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const attempts = { name: 'attempts', windowSeconds: 60 };

let proxy: TcpProxy;
let prefix: string;
const opened: Redis[] = [];

/** On a busy machine Redis may take longer than a pod waits for it; then each pod would count by itself. */
const patient = { patienceMs: 30_000, commandTimeoutMs: 30_000 };

/** Acts as a pod: counters with a Redis client of their own, behind the proxy. */
async function startPod(waits: object = {}): Promise<Counters> {
  const redis = createRedis({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test', log, ...waits });
  opened.push(redis);
  await waitForRedis(redis, 30_000);
  return createCounters({ redis, prefix, ...waits });
}

beforeEach(async () => {
  prefix = `test-${randomUUID()}`;
  const { hostname, port } = new URL(stackEnv().redisUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
});
afterEach(async () => {
  for (const redis of opened.splice(0)) redis.disconnect();
  await proxy.close();
});

describe('counters', () => {
  it('are shared by all pods, and restart from 0 after their window', async () => {
    const [one, two] = [await startPod(patient), await startPod(patient)];
    expect(await one.read(attempts, 'a')).toEqual({ count: 0, msLeft: 0 });
    await one.add(attempts, 'a');
    const { count, msLeft } = await two.add(attempts, 'a');
    expect(count).toBe(2);
    expect(msLeft).toBeGreaterThan(50_000);
    expect(msLeft).toBeLessThanOrEqual(60_000);
    expect((await one.read(attempts, 'b')).count).toBe(0);

    const short = { name: 'short', windowSeconds: 1 };
    await one.add(short, 'a');
    await eventuallyPasses(
      'the count is deleted',
      async () => expect((await two.read(short, 'a')).count).toBe(0),
      { timeoutMs: 5_000 },
    );
  });

  it('return a different count to each of many concurrent calls', async () => {
    const pod = await startPod(patient);
    const counts = await Promise.all(Array.from({ length: 20 }, () => pod.add(attempts, 'a')));
    expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('can be decremented, never below 0, and reset', async () => {
    const pod = await startPod(patient);
    await pod.add(attempts, 'a');
    await pod.subtract(attempts, 'a');
    await pod.subtract(attempts, 'a');
    await pod.subtract(attempts, 'never counted');
    expect((await pod.add(attempts, 'a')).count).toBe(1);
    expect((await pod.add(attempts, 'never counted')).count).toBe(1);
    await pod.forget(attempts, 'a');
    expect((await pod.read(attempts, 'a')).count).toBe(0);
  });

  it('continue in the memory of each pod while Redis is down, by the same rules', async () => {
    const pod = await startPod();
    proxy.cut();
    await pod.add(attempts, 'a');
    expect((await pod.add(attempts, 'a')).count).toBe(2);
    await pod.subtract(attempts, 'a');
    await pod.subtract(attempts, 'b');
    expect((await pod.read(attempts, 'a')).count).toBe(1);
    expect((await pod.add(attempts, 'b')).count).toBe(1);
    await pod.forget(attempts, 'a');
    expect((await pod.read(attempts, 'a')).count).toBe(0);
  });

  it('remember the 10,000 most recently used keys while Redis is down', async () => {
    const pod = await startPod();
    proxy.cut();
    await pod.add(attempts, 'oldest');
    for (let key = 0; key < 10_000; key++) await pod.add(attempts, `key ${key}`);
    expect((await pod.read(attempts, 'key 9999')).count).toBe(1);
    expect((await pod.read(attempts, 'oldest')).count).toBe(0);
  });

  it('make only one caller wait, and only briefly, while Redis hangs', async () => {
    const pod = await startPod();
    proxy.hang();
    const rounds = Array.from({ length: 20 }, (_, index) => index + 1);
    const { ms } = await loopTimeOf(async () => {
      for (const round of rounds) expect((await pod.add(attempts, 'a')).count).toBe(round);
    });
    expect(ms).toBeLessThan(1_000);
    proxy.resume();
  });
});
