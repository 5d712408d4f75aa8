import { Redis } from 'ioredis';

export type { Redis };

/** Receives the client's messages about its connection; matches `Logger.warn`. */
interface RedisLog {
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

/**
 * Connects to Redis in the background. While the server is down a command fails at once instead of
 * waiting in a queue: callers have a fallback (rate limits in memory) or return 503. Commands of one tick
 * share a round trip (auto pipelining). A command fails after `commandTimeoutMs` (1 s by default).
 */
export function createRedis(options: {
  url: string;
  name: string;
  log: RedisLog;
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
  let down = false;
  redis.on('error', (err) => {
    if (!down) options.log.warn({ err }, 'Redis is down; rate limits and caches fall back to memory');
    down = true;
  });
  redis.on('ready', () => {
    if (down) options.log.info({}, 'Redis is up again');
    down = false;
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
