import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { reportsOf } from './redis-reports.ts';
import { revocationChannel } from './revocation-subscription.ts';

/** Replies that a server gives until someone changes its configuration, unlike those of one that is loading or full. */
const lasting = /^(NOPERM|MOVED|ASK|CROSSSLOT|CLUSTERDOWN|ERR unknown command)/;

const usableOnce = new WeakSet<Redis>();

/** Returns the reply that means that this server will never do what was asked; undefined for other failures. */
export function findLastingRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // A transaction fails as a whole; why, is in the reply to one of its commands.
  const { previousErrors = [] } = error as { previousErrors?: (Error | undefined)[] };
  const messages = [error, ...previousErrors].flatMap((each) => each?.message ?? []);
  return messages.find((message) => lasting.test(message));
}

/**
 * Finds out whether the server can be used: it must be a single primary (with replicas, if you like), because a client
 * that talks to one node of a Redis Cluster reaches some of the keys only, and must allow the commands of counters and
 * revocations. None of these is a script. Resolves with the problem, or undefined; a server that is down has none.
 */
export async function probeRedis(redis: Redis): Promise<string | undefined> {
  const problem = (await findCluster(redis)) ?? (await findRefusal(redis));
  if (problem === undefined && redis.status === 'ready') usableOnce.add(redis);
  reportsOf(redis).usable(problem);
  return problem;
}

/**
 * Readiness check: throws if the server cannot be used, so that a rollout with a wrong `REDIS_URL` stops. Passes while
 * Redis is down, and for good once the server could be used: later trouble must not take every pod out at once.
 */
export async function requireUsableRedis(redis: Redis): Promise<void> {
  if (usableOnce.has(redis) || redis.status !== 'ready') return;
  const problem = await probeRedis(redis);
  if (problem !== undefined) throw new Error(problem);
}

async function findCluster(redis: Redis): Promise<string | undefined> {
  try {
    if (!/^cluster_enabled:1/m.test(await redis.info('cluster'))) return undefined;
    return 'REDIS_URL names a node of a Redis Cluster; name a server that is not in cluster mode';
  } catch {
    // Managed servers may not allow INFO; a cluster then shows in the replies to other commands.
    return undefined;
  }
}

async function findRefusal(redis: Redis): Promise<string | undefined> {
  // Several, because one node of a cluster has some of the keys.
  const keys = Array.from({ length: 4 }, () => `probe:${randomUUID()}`);
  try {
    await Promise.all(
      keys.map(async (key) => {
        const replies = await redis
          .multi()
          .set(key, 0, 'EX', 1, 'NX')
          .incrby(key, 1)
          .pttl(key)
          .del(key)
          .zadd(key, 1, 'x')
          .zremrangebyscore(key, 0, 1)
          .publish(revocationChannel, '')
          .exec();
        for (const [error] of replies ?? []) if (error) throw error;
      }),
    );
    return undefined;
  } catch (error) {
    const refusal = findLastingRefusal(error);
    return refusal === undefined ? undefined : `Redis refuses commands that limits need: ${refusal}`;
  }
}
