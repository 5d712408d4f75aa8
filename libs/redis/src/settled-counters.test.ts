import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses, stackEnv } from '@lms/testing';
import { type Count, type Counters, createCounters } from './counters.ts';
import { createRedis, type Redis, waitForRedis } from './create-redis.ts';
import { createSettledCounters, type LimitedWindow, type SettledCounters } from './settled-counters.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** 5 % of it are 20 events. */
const requests: LimitedWindow = { name: 'requests', limit: 400, windowSeconds: 60 };
const patienceMs = 30_000;

interface Pod {
  redis: Redis;
  /** What all pods together have in Redis. */
  shared: Counters;
  /** How often this pod has asked Redis. */
  asked(): number;
  settled: SettledCounters;
}

let prefix: string;
const pods: Pod[] = [];

async function startPod(): Promise<Pod> {
  const redis = createRedis({ url: stackEnv().redisUrl, name: 'test', log, commandTimeoutMs: patienceMs });
  await waitForRedis(redis, patienceMs);
  const shared = createCounters({ redis, prefix, patienceMs });
  let asked = 0;
  const add: Counters['add'] = (...event) => {
    asked += 1;
    return shared.add(...event);
  };
  const pod = { redis, shared, asked: () => asked, settled: createSettledCounters({ ...shared, add }) };
  pods.push(pod);
  return pod;
}

/** One event after the other; resolves with the last count. */
async function addMany(pod: Pod, events: number, window = requests): Promise<Count> {
  let last: Count = { count: 0, msLeft: 0 };
  for (let i = 0; i < events; i += 1) last = await pod.settled.add(window, 'a');
  return last;
}

beforeEach(() => {
  prefix = `test-${randomUUID()}`;
});
afterEach(async () => {
  for (const pod of pods.splice(0)) {
    await pod.settled.close();
    pod.redis.disconnect();
  }
});

describe('counters of a limit', () => {
  it('count 5 % of it in the process, and then add that in one step', async () => {
    const pod = await startPod();
    expect((await addMany(pod, 1)).count).toBe(1);
    expect((await addMany(pod, 19)).count).toBe(20);
    expect(pod.asked()).toBe(1);
    expect((await pod.shared.read(requests, 'a')).count).toBe(1);
    expect((await addMany(pod, 1)).count).toBe(21);
    expect(pod.asked()).toBe(2);
    expect((await pod.shared.read(requests, 'a')).count).toBe(21);
  });

  it('do not make the caller wait while they count by themselves', async () => {
    const pod = await startPod();
    await addMany(pod, 1);
    expect(pod.settled.add(requests, 'a')).not.toBeInstanceOf(Promise);
  });

  it('are settled within two seconds, and at shutdown', async () => {
    const [one, two] = [await startPod(), await startPod()];
    await addMany(one, 3);
    await eventuallyPasses('the count is settled', async () =>
      expect((await two.shared.read(requests, 'a')).count).toBe(3),
    );
    await addMany(one, 4);
    await one.settled.close();
    expect((await two.shared.read(requests, 'a')).count).toBe(7);
  });

  it('learn what other pods have counted', async () => {
    const [one, two] = [await startPod(), await startPod()];
    await addMany(one, 1);
    await addMany(two, 21);
    const { count, msLeft } = await addMany(one, 20);
    expect(count).toBe(42);
    expect(msLeft).toBeGreaterThan(50_000);
    expect(msLeft).toBeLessThanOrEqual(60_000);
  });

  it('ask at every event from half of the limit on, so that few more than the limit pass', async () => {
    const [one, two, three] = [await startPod(), await startPod(), await startPod()];
    await addMany(one, 199);
    const before = one.asked();
    await addMany(one, 30);
    expect(one.asked()).toBe(before + 30);

    // All at once, on all pods: the hardest case.
    let admitted = 229;
    const all = [one, two, three].flatMap((pod) => Array.from({ length: 200 }, () => pod));
    await Promise.all(
      all.map(async (pod) => {
        if ((await pod.settled.add(requests, 'a')).count <= requests.limit) admitted += 1;
      }),
    );
    expect(admitted).toBeGreaterThanOrEqual(requests.limit);
    expect(admitted).toBeLessThanOrEqual(requests.limit + 3 * 20);
  });

  it('are exact for small limits', async () => {
    const [one, two] = [await startPod(), await startPod()];
    const small = { name: 'small', limit: 60, windowSeconds: 60 };
    const counts = [];
    for (let i = 0; i < 20; i += 1) {
      for (const pod of [one, two]) counts.push((await pod.settled.add(small, 'a')).count);
    }
    expect(counts).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('begin anew after their window, without what was not settled', async () => {
    const pod = await startPod();
    const short = { name: 'short', limit: 400, windowSeconds: 1 };
    const { msLeft } = await addMany(pod, 1, short);
    expect(msLeft).toBeLessThanOrEqual(1_000);
    await addMany(pod, 5, short);
    await eventuallyPasses('the window ends', async () =>
      expect((await addMany(pod, 1, short)).count).toBe(1),
    );
  });

  it('remember 10,000 keys, and settle the one that they forget', async () => {
    const pod = await startPod();
    await pod.settled.add(requests, 'oldest');
    await pod.settled.add(requests, 'oldest');
    await Promise.all(Array.from({ length: 10_000 }, (_, key) => pod.settled.add(requests, `key ${key}`)));
    await eventuallyPasses('the oldest is settled', async () =>
      expect((await pod.shared.read(requests, 'oldest')).count).toBe(2),
    );
    const asked = pod.asked();
    expect((await pod.settled.add(requests, 'oldest')).count).toBe(3);
    expect(pod.asked()).toBe(asked + 1);
  });

  it('continue while Redis is down, and add up again when it is back', async () => {
    const pod = await startPod();
    await addMany(pod, 5);
    pod.redis.disconnect();
    await eventuallyPasses('Redis is gone', () => expect(pod.redis.status).toBe('end'));
    // The pod counts alone now, from what it has not settled.
    const { count } = await addMany(pod, 30);
    expect(count).toBeGreaterThanOrEqual(30);
    await pod.redis.connect();
    await waitForRedis(pod.redis, patienceMs);
    await addMany(pod, 25);
    expect((await pod.shared.read(requests, 'a')).count).toBeGreaterThan(1);
  });
});
