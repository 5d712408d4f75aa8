import { randomUUID } from 'node:crypto';
import { createRedis, requireUsableRedis, waitForRedis } from '@lms/redis';
import { type Check, failed, messageOf, ok } from '../check.ts';

/** Redis is one server, not a cluster, that allows the commands we need, and a key can be written and read back. */
export const redisCheck: Check = {
  name: 'redis',
  async run({ env }) {
    if (!env.REDIS_URL) return failed('REDIS_URL is not set', 'set it; see .env.example');
    let lastError: unknown;
    const log = {
      info: () => undefined,
      error: () => undefined,
      warn: (facts: { err?: unknown }) => {
        lastError = facts.err;
      },
    };
    const redis = createRedis({ url: env.REDIS_URL, name: 'preflight', log });
    const key = `preflight:${randomUUID()}`;
    try {
      await waitForRedis(redis, 4_000);
      await requireUsableRedis(redis);
      await redis.set(key, 'written', 'EX', 60);
      const read = await redis.get(key);
      await redis.del(key);
      if (read === 'written') return ok('a key was written, read and deleted');
      return failed('a key that was written could not be read', 'send writes and reads to the same primary');
    } catch (error) {
      return failed(
        messageOf(lastError ?? error),
        'check REDIS_URL (rediss:// for TLS), its password, and that the network lets this machine reach it',
      );
    } finally {
      redis.disconnect();
    }
  },
};
