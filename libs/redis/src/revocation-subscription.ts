import { Counter, Gauge, type Metrics } from '@lms/runtime';
import type { Redis, RedisLog } from './create-redis.ts';

export const revocationChannel = 'session:revoked';
/** Ended sessions by the time at which their last access token expires, in ms of Unix time. */
export const revocationsByExpiry = 'sessions:revoked';
const pageSize = 1_000;
const lookEveryMs = 1_000;
/** A subscription whose server does not answer for this long is not trusted. */
const answerWithinMs = 2_000;

/** An ended session, and until when it matters, in ms of Unix time. */
export interface Revocation {
  sessionId: string;
  expiresAtMs: number;
}

/** Receives what other processes revoke. */
export interface RevocationSubscription {
  /** True if every revocation has been received that was made before the last second or two. */
  isHealthy(): boolean;
  /** Counts a question that a process asks because the subscription is not healthy. */
  countQuestion(): void;
  close(): void;
}

/**
 * Subscribes to revocations on a connection of its own, and passes each to `remember`. After every connect it reads
 * what was revoked before; until it has done so, and while the server does not answer, it is not healthy.
 */
export function subscribeToRevocations(options: {
  redis: Redis;
  log: RedisLog;
  metrics?: Metrics | undefined;
  remember: (revocation: Revocation) => void;
}): RevocationSubscription {
  const { redis, log, remember } = options;
  const { setHealthy, isHealthy, countQuestion } = createState(options.metrics);
  const subscriber = redis.duplicate({
    connectionName: `${redis.options.connectionName}-revocations`,
    commandTimeout: answerWithinMs,
    enableAutoPipelining: false,
    autoResubscribe: false,
  });
  // Each connection has a number: what was begun on an earlier one says nothing about this one.
  let connection = 0;
  let catchingUp = false;
  const lose = () => {
    connection += 1;
    setHealthy(false);
  };

  const reconnect = () => {
    lose();
    subscriber.disconnect(true);
  };
  const catchUp = async () => {
    if (catchingUp) return;
    catchingUp = true;
    const current = connection;
    try {
      await subscriber.subscribe(revocationChannel).catch((error: unknown) => {
        if (current === connection) reconnect();
        throw error;
      });
      await readRevocations(redis, remember);
      if (current === connection) setHealthy(true);
    } catch {
      // Tried again every second; requests ask Redis meanwhile.
    } finally {
      catchingUp = false;
    }
  };
  const look = async () => {
    if (subscriber.status !== 'ready') return;
    if (!isHealthy()) return void catchUp();
    const current = connection;
    try {
      await subscriber.ping();
    } catch {
      if (current !== connection) return;
      log.warn({}, 'the subscription to revocations does not answer; requests ask Redis until it does');
      reconnect();
    }
  };

  // The main client reports what is wrong with the server.
  subscriber.on('error', () => undefined);
  subscriber.on('close', lose);
  subscriber.on('ready', () => void catchUp());
  subscriber.on('message', (_channel, message) => {
    const [sessionId, expiresAt] = message.split(' ');
    if (sessionId && expiresAt) remember({ sessionId, expiresAtMs: Number(expiresAt) });
  });
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return {
    isHealthy,
    countQuestion,
    close() {
      clearInterval(timer);
      subscriber.disconnect();
    },
  };
}

function createState(metrics: Metrics | undefined) {
  const registers = metrics ? [metrics.registry] : [];
  const up = new Gauge({
    name: 'redis_revocation_subscription_up',
    help: '1 if revoked sessions are known without asking Redis',
    registers,
  });
  const questions = new Counter({
    name: 'redis_revocation_questions_total',
    help: 'Requests for which Redis was asked whether their session is revoked',
    registers,
  });
  let healthy = false;
  return {
    isHealthy: () => healthy,
    setHealthy(value: boolean) {
      healthy = value;
      up.set(value ? 1 : 0);
    },
    countQuestion: () => questions.inc(),
  };
}

/** Reads all revocations that still matter, a page at a time: from the last expiry of a page on, which may be in both. */
async function readRevocations(redis: Redis, remember: (revocation: Revocation) => void): Promise<void> {
  let from = Date.now();
  let size = pageSize;
  for (;;) {
    const page = await redis.zrangebyscore(revocationsByExpiry, from, '+inf', 'WITHSCORES', 'LIMIT', 0, size);
    for (let i = 0; i < page.length; i += 2)
      remember({ sessionId: page[i] as string, expiresAtMs: Number(page[i + 1]) });
    if (page.length < 2 * size) return;
    const last = Number(page.at(-1));
    // A whole page of one expiry: only a larger page leads beyond it.
    if (last === from) size *= 2;
    from = last;
  }
}
