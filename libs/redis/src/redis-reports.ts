import { Counter, Gauge, type Metrics } from '@lms/runtime';
import type { Redis } from 'ioredis';
import type { RedisLog } from './create-redis.ts';

/** What a process tells its operators about its Redis. */
export interface RedisReports {
  /** An event was counted in the memory of the process instead of in Redis. */
  fallback(reason: 'down' | 'slow'): void;
  /** The same, because Redis gave this reply. */
  refused(reply: string): void;
  /** `problem`: why the server cannot be used; undefined if it can. Logged when it changes. */
  usable(problem: string | undefined): void;
}

const reportsByClient = new WeakMap<Redis, RedisReports>();

/** Creates the reports of a client; without `metrics` they are in the log alone. */
export function addReports(redis: Redis, { log, metrics }: { log: RedisLog; metrics?: Metrics }): void {
  const registers = metrics ? [metrics.registry] : [];
  const fallbacks = new Counter({
    name: 'redis_counter_fallbacks_total',
    help: 'Events counted in the memory of this process because Redis was down, slow or refused to count',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['down', 'slow', 'refused'] as const) fallbacks.inc({ reason }, 0);
  const usable = new Gauge({
    name: 'redis_usable',
    help: '0 if the Redis server cannot be used: it is a cluster, or refuses commands that limits need',
    registers,
  });
  usable.set(1);
  let known: string | undefined;
  const report = (problem: string | undefined) => {
    usable.set(problem === undefined ? 1 : 0);
    if (problem === known) return;
    known = problem;
    if (problem === undefined) log.info({}, 'Redis can be used again');
    else log.error({ problem }, 'Redis cannot be used: each process counts rate limits by itself');
  };
  reportsByClient.set(redis, {
    fallback: (reason) => fallbacks.inc({ reason }),
    refused(reply) {
      fallbacks.inc({ reason: 'refused' });
      // Every event would say so; of a problem that the probe has found, the log has its description.
      if (known === undefined) report(`Redis refuses commands that limits need: ${reply}`);
    },
    usable: report,
  });
}

export function reportsOf(redis: Redis): RedisReports {
  const reports = reportsByClient.get(redis);
  if (!reports) throw new Error('this Redis client was not made by createRedis');
  return reports;
}
