import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@lms/runtime';
import { eventuallyPasses, stackEnv, startTcpProxy, type TcpProxy } from '@lms/testing';
import { createRedis, type Redis, waitForRedis } from './create-redis.ts';
import { revocationsByExpiry } from './revocation-subscription.ts';
import { createSessionRevocations, type SessionRevocations } from './session-revocations.ts';

const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };
const waits = { commandTimeoutMs: 30_000 };

let proxy: TcpProxy;
/** Connected without the proxy. */
let direct: Redis;
const pods: { redis: Redis; revocations: { close(): void } }[] = [];

interface Pod extends SessionRevocations {
  redis: Redis;
  metric(name: string): Promise<number>;
}

async function startPod(url: string, limits: { maxKnown?: number } = {}): Promise<Pod> {
  const metrics = createMetrics({ service: 'test', nodeMetrics: false });
  const redis = createRedis({ url, name: 'pod', log, ...waits });
  await waitForRedis(redis, 30_000);
  const revocations = createSessionRevocations(redis, { log, metrics, ...limits });
  pods.push({ redis, revocations });
  const metric = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;
  return { ...revocations, redis, metric };
}

const viaProxy = () => startPod(`redis://127.0.0.1:${proxy.port}`);

/** Resolves when the pod knows revocations without asking. */
async function subscribed(pod: Pod): Promise<void> {
  await eventuallyPasses(
    'the subscription is healthy',
    () => expect(pod.isRevoked(randomUUID())).toBe(false),
    { timeoutMs: 30_000 },
  );
  expect(await pod.metric('redis_revocation_subscription_up')).toBe(1);
}

/** Resolves when the pod asks Redis at every request. */
const asking = (pod: Pod) =>
  eventuallyPasses('the pod asks Redis', () => expect(pod.isRevoked(randomUUID())).toBeInstanceOf(Promise), {
    timeoutMs: 30_000,
  });

/** What a process of the version before subscriptions does. */
const revokeAsBefore = (sessionId: string) => direct.set(`session:revoked:${sessionId}`, '1', 'EX', 60);

beforeEach(async () => {
  const { hostname, port } = new URL(stackEnv().redisUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  direct = createRedis({ url: stackEnv().redisUrl, name: 'test', log, ...waits });
  await waitForRedis(direct, 30_000);
});
afterEach(async () => {
  proxy.resume();
  for (const { redis, revocations } of pods.splice(0)) {
    revocations.close();
    redis.disconnect();
  }
  direct.disconnect();
  await proxy.close();
});

describe('revoked sessions', () => {
  it('are known to every process in the turn in which the message arrives, without a question', async () => {
    const [one, two] = [await viaProxy(), await viaProxy()];
    await subscribed(two);
    const questions = await two.metric('redis_revocation_questions_total');
    const sessionId = randomUUID();
    await one.revoke(sessionId, 60);
    expect(await one.isRevoked(sessionId)).toBe(true);
    await eventuallyPasses('the message arrives', () => expect(two.isRevoked(sessionId)).toBe(true));
    expect(two.isRevoked(randomUUID())).toBe(false);
    expect(await two.metric('redis_revocation_questions_total')).toBe(questions);
  });

  it('are asked for until the subscription has caught up, and then known from before it', async () => {
    const [one, two] = [await viaProxy(), await viaProxy()];
    const sessionId = randomUUID();
    await one.revoke(sessionId, 60);
    const first = two.isRevoked(sessionId);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBe(true);
    await subscribed(two);
    expect(two.isRevoked(sessionId)).toBe(true);
  });

  it('are deleted when no token can be valid any more', async () => {
    const [one, two] = [await viaProxy(), await viaProxy()];
    await subscribed(two);
    const [short, next] = [randomUUID(), randomUUID()];
    await one.revoke(short, 1);
    await eventuallyPasses('the message arrives', () => expect(two.isRevoked(short)).toBe(true));
    await eventuallyPasses('it expires', () => expect(two.isRevoked(short)).toBe(false));
    await eventuallyPasses('its key expires', async () =>
      expect(await direct.exists(`session:revoked:${short}`)).toBe(0),
    );
    // Expired for longer than clocks differ: the next revocation removes it from the set.
    await direct.zadd(revocationsByExpiry, Date.now() - 61_000, short);
    await one.revoke(next, 60);
    expect(await direct.zscore(revocationsByExpiry, short)).toBeNull();
    expect(await direct.zscore(revocationsByExpiry, next)).not.toBeNull();
  });

  it('made while a process was disconnected are known when it has caught up', async () => {
    const [one, two] = [await startPod(stackEnv().redisUrl), await viaProxy()];
    await subscribed(two);
    proxy.cut();
    await asking(two);
    const missed = Array.from({ length: 2_500 }, () => randomUUID());
    await Promise.all(missed.map((sessionId) => one.revoke(sessionId, 60)));
    proxy.mend();
    await subscribed(two);
    // More than a page of them, many with one expiry.
    expect(missed.filter((sessionId) => two.isRevoked(sessionId) !== true)).toEqual([]);
  });

  it('are asked for while the connection is silent, and caught up after it', async () => {
    const [one, two] = [await startPod(stackEnv().redisUrl), await viaProxy()];
    await subscribed(two);
    proxy.hang();
    // No connection is closed: only the unanswered PING shows it.
    await asking(two);
    expect(await two.metric('redis_revocation_subscription_up')).toBe(0);
    const sessionId = randomUUID();
    await one.revoke(sessionId, 60);
    const before = await two.metric('redis_revocation_questions_total');
    const answer = two.isRevoked(sessionId);
    expect(await two.metric('redis_revocation_questions_total')).toBe(before + 1);
    proxy.resume();
    expect(await answer).toBe(true);
    await subscribed(two);
    expect(two.isRevoked(sessionId)).toBe(true);
  });

  it('known to a process still apply while Redis is down; other sessions are accepted', async () => {
    const pod = await viaProxy();
    await subscribed(pod);
    const sessionId = randomUUID();
    proxy.cut();
    await asking(pod);
    await expect(pod.revoke(sessionId, 60)).rejects.toThrow();
    expect(await pod.isRevoked(sessionId)).toBe(true);
    expect(await pod.isRevoked(randomUUID())).toBe(false);
  });

  it('of a process of the version before are known once the event about them is handled', async () => {
    const [worker, api] = [await viaProxy(), await viaProxy()];
    const [seen, unseen] = [randomUUID(), randomUUID()];
    await revokeAsBefore(unseen);
    expect(await api.isRevoked(unseen)).toBe(true);
    await subscribed(api);
    await revokeAsBefore(seen);
    // What `onSessionRevoked` does for the event.
    await worker.revoke(seen, 60);
    await eventuallyPasses('the message arrives', () => expect(api.isRevoked(seen)).toBe(true));
  });

  it('are asked for while a process cannot remember all of them', async () => {
    // In a database of its own, without the revocations of other tests.
    const pod = await startPod(`${stackEnv().redisUrl}/9`, { maxKnown: 100 });
    await subscribed(pod);
    const first = randomUUID();
    await pod.revoke(first, 10);
    await Promise.all(Array.from({ length: 100 }, () => pod.revoke(randomUUID(), 10)));
    expect(pod.isRevoked(randomUUID())).toBeInstanceOf(Promise);
    expect(await pod.isRevoked(first)).toBe(true);
    expect(await pod.isRevoked(randomUUID())).toBe(false);
    // Those that it has forgotten expire.
    await subscribed(pod);
  }, 60_000);

  it('take no connection in a process that never asks', async () => {
    const pod = await viaProxy();
    await pod.revoke(randomUUID(), 60);
    await sleep(50);
    expect(await pod.metric('redis_revocation_subscription_up')).toBeNaN();
  });
});
