import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@lms/runtime';
import { eventuallyPasses, stackEnv } from '@lms/testing';
import { createCounters } from './counters.ts';
import { createRedis, type Redis, waitForRedis } from './create-redis.ts';
import { requireUsableRedis } from './probe-redis.ts';

const opened: { redis: Redis; end: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const { redis, end } of opened.splice(0)) {
    await end();
    redis.disconnect();
  }
});

function connect(url: string, end: () => Promise<unknown> = async () => undefined) {
  const errors: object[] = [];
  const log = {
    ...{ info: () => undefined, warn: () => undefined },
    error: (facts: object) => void errors.push(facts),
  };
  const metrics = createMetrics({ service: 'test', nodeMetrics: false });
  const redis = createRedis({ ...{ url, name: 'test', log, metrics }, commandTimeoutMs: 30_000 });
  opened.push({ redis, end });
  return { redis, errors, text: () => metrics.registry.metrics() };
}

/** Connects as a user who has these rights only. */
async function connectAs(...rights: string[]) {
  const user = `test-${randomUUID()}`;
  const admin = createRedis({ url: stackEnv().redisUrl, name: 'admin', log: console });
  await waitForRedis(admin);
  await admin.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '&*', ...rights);
  const url = new URL(stackEnv().redisUrl);
  const end = async () => {
    await admin.call('ACL', 'DELUSER', user);
    admin.disconnect();
  };
  return connect(`redis://${user}:secret@${url.host}`, end);
}

const attempts = { name: 'attempts', windowSeconds: 60 };

describe('a server that forbids scripts', () => {
  it('counts for all pods all the same', async () => {
    const { redis, errors, text } = await connectAs('+@all', '-@scripting', '-eval', '-evalsha', '-script');
    await waitForRedis(redis);
    await expect(redis.eval('return 1', 0)).rejects.toThrow('NOPERM');
    const counters = createCounters({ redis, prefix: `test-${randomUUID()}`, patienceMs: 30_000 });
    await counters.add(attempts, 'a');
    expect((await counters.add(attempts, 'a')).count).toBe(2);
    expect((await counters.read(attempts, 'a')).count).toBe(2);
    await requireUsableRedis(redis);
    expect(errors).toEqual([]);
    expect(await text()).toContain('redis_usable{service="test"} 1');
    expect(await text()).toContain('redis_counter_fallbacks_total{reason="refused",service="test"} 0');
  });
});

describe('a server that forbids what limits need', () => {
  it('stops a process that starts, is reported once, and is counted at every event', async () => {
    const { redis, errors, text } = await connectAs('+@all', '-incrby');
    await waitForRedis(redis);
    await expect(requireUsableRedis(redis)).rejects.toThrow(/refuses commands that limits need.*incrby/);
    const counters = createCounters({ redis, prefix: `test-${randomUUID()}`, patienceMs: 30_000 });
    for (let i = 1; i <= 3; i += 1) expect((await counters.add(attempts, 'a')).count).toBe(i);
    expect(errors).toHaveLength(1);
    expect(await text()).toContain('redis_usable{service="test"} 0');
    expect(await text()).toContain('redis_counter_fallbacks_total{reason="refused",service="test"} 3');
  });
});

describe('a node of a cluster', () => {
  it.each([
    ['says so', 'cluster_enabled:1'],
    ['does not say so, but has only some of the keys', ''],
  ])('is refused: it %s', async (_how, info) => {
    const server = await startNode(info);
    const { port } = server.address() as { port: number };
    const end = () => new Promise((resolve) => server.close(resolve));
    const { redis, errors, text } = connect(`redis://127.0.0.1:${port}`, async () => {
      redis.disconnect();
      await end();
    });
    await waitForRedis(redis);
    await expect(requireUsableRedis(redis)).rejects.toThrow(info ? 'Redis Cluster' : 'MOVED');
    await eventuallyPasses('it is reported', () => expect(errors).toHaveLength(1));
    expect(await text()).toContain('redis_usable{service="test"} 0');
  });
});

describe('a server that is down', () => {
  it('does not stop a process that starts', async () => {
    const { redis } = connect('redis://127.0.0.1:1');
    await expect(requireUsableRedis(redis)).resolves.toBeUndefined();
  });
});

describe('a fresh connection', () => {
  it('takes commands of several counters in its first tick', async () => {
    const { redis } = connect(stackEnv().redisUrl);
    const counters = createCounters({ redis, prefix: `test-${randomUUID()}`, patienceMs: 30_000 });
    const windows = [attempts, { name: 'others', windowSeconds: 30 }];
    // In the very tick in which the client is ready, before any other command.
    const counts = await new Promise<number[]>((resolve, reject) => {
      redis.prependOnceListener('ready', () => {
        const adding = windows.flatMap((window) => [counters.add(window, 'a'), counters.add(window, 'b')]);
        Promise.all(adding).then((all) => resolve(all.map(({ count }) => count)), reject);
      });
    });
    expect(counts).toEqual([1, 1, 1, 1]);
    const read = await Promise.all(windows.map((window) => counters.read(window, 'a')));
    expect(read.map(({ count }) => count)).toEqual([1, 1]);
  });
});

/** Speaks as much of the protocol as a client needs to connect; every key is on another node. */
function startNode(info: string): Promise<Server> {
  const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      // Each command is an array: *<parts> and then length and text of each.
      for (const [, name = ''] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const command = name.toUpperCase();
        if (command === 'INFO') socket.write(bulk(`redis_version:7.0.0\r\n${info}\r\n`));
        else if (['CLIENT', 'HELLO', 'MULTI'].includes(command)) socket.write('+OK\r\n');
        else if (command === 'EXEC') socket.write('-EXECABORT Transaction discarded\r\n');
        else socket.write('-MOVED 3999 127.0.0.1:6381\r\n');
      }
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
