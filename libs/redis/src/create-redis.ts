import type { Metrics } from '@lms/runtime';
import { Redis } from 'ioredis';
import { probeRedis } from './probe-redis.ts';
import { addReports } from './redis-reports.ts';

export type { Redis };

/** Receives the client's messages about its connection; part of `Logger`. */
export interface RedisLog {
  error(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

/**
 * Connects to Redis in the background. While the server is down a command fails at once instead of
 * waiting in a queue: callers have a fallback (rate limits in memory) or return 503. Commands of one tick
 * share a round trip (auto pipelining). A command fails after `commandTimeoutMs` (1 s by default). Whenever it has
 * connected it finds out whether the server can be used (`probeRedis`), and says so in log and metrics.
 */
export function createRedis(options: {
  url: string;
  name: string;
  log: RedisLog;
  metrics?: Metrics;
  commandTimeoutMs?: number;
}): Redis {
  const redis = new Redis(options.url, {
    connectionName: `lms-${options.name}`,
    connectTimeout: 2_000,
    commandTimeout: options.commandTimeoutMs ?? 1_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  addReports(redis, options);
  let down = false;
  redis.on('error', (err) => {
    if (!down) options.log.warn({ err }, 'Redis is down; rate limits and caches fall back to memory');
    down = true;
  });
  redis.on('ready', () => {
    if (down) options.log.info({}, 'Redis is up again');
    down = false;
    void probeRedis(redis);
  });
  return redis;
}

/** Health check: resolves when Redis answers PING within its command timeout (1 s). */
export async function pingRedis(redis: Redis): Promise<void> {
  await redis.ping();
}

/** Resolves when the client is connected, or throws after `timeoutMs`. */
export async function waitForRedis(redis: Redis, timeoutMs = 5_000): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
