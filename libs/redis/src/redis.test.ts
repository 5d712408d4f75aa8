import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses, stackEnv, startTcpProxy, type TcpProxy } from '@lms/testing';
import { createRedis, pingRedis, type Redis, waitForRedis } from './create-redis.ts';

let proxy: TcpProxy;
let redis: Redis;
const logged: string[] = [];
const log = {
  info: (_facts: object, message: string) => void logged.push(message),
  warn: (_facts: object, message: string) => void logged.push(message),
  error: (_facts: object, message: string) => void logged.push(message),
};

beforeEach(async () => {
  logged.length = 0;
  const { hostname, port } = new URL(stackEnv().redisUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  redis = createRedis({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test', log });
  await waitForRedis(redis);
});
afterEach(async () => {
  redis.disconnect();
  await proxy.close();
});

/** Resolves when the client has noticed that its connection is gone. */
const disconnected = () =>
  eventuallyPasses('the client notices that Redis is down', () => expect(redis.status).not.toBe('ready'));

describe('the Redis client', () => {
  it('fails fast while Redis is down, logs that once, and reconnects by itself', async () => {
    await pingRedis(redis);
    proxy.cut();
    await disconnected();
    // It fails at once because there is no connection; a command that waited would report a timeout.
    const refused = /Stream isn't writeable|Connection is closed/;
    await expect(pingRedis(redis)).rejects.toThrow(refused);
    await expect(redis.get('x')).rejects.toThrow(refused);
    const losses = () => logged.filter((message) => message.startsWith('Redis is down'));
    await eventuallyPasses('the loss is logged once', async () => expect(await losses()).toHaveLength(1));
    proxy.mend();
    await waitForRedis(redis);
    await expect(pingRedis(redis)).resolves.toBeUndefined();
    expect(losses()).toHaveLength(1);
    expect(logged).toContain('Redis is up again');
  });

  it('times out a command after a second when Redis hangs', async () => {
    proxy.hang();
    expect(redis.options.commandTimeout).toBe(1_000);
    await expect(redis.get('x')).rejects.toThrow('Command timed out');
  });
});
