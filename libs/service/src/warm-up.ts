import { type AccessTokenVerifier, type Route, warmUpHttp } from '@lms/http';
import { waitForRedis } from '@lms/redis';
import type { BaseDeps, CoreDeps } from './core-deps.ts';

/** Connections that requests find open: the default of a process that serves only HTTP. */
const connections = 4;
/** V8 compiles a function after it has run a few dozen times. */
const rounds = 8;

/**
 * Warms up what every service has: HTTP, Redis, and the keys that verify access tokens. Changes nothing. Each part is
 * tried, whatever happens to the others.
 * @throws AggregateError of the parts that failed.
 */
export async function warmUpBase<D extends BaseDeps>(
  routes: readonly Route<D>[],
  { redis, verifyAccessToken }: Pick<D, 'redis' | 'verifyAccessToken'>,
): Promise<void> {
  await settleAll([warmUpHttp(routes), waitForRedis(redis), fetchKeys(verifyAccessToken)]);
}

/** Opens the connections of a pool, and runs the service's own warm-up on each of them. @throws as `warmUpBase`. */
export async function warmUpDatabase(
  { sql }: Pick<CoreDeps, 'sql'>,
  ownWarmUp: () => Promise<void> = async () => undefined,
): Promise<void> {
  const each = (work: () => Promise<unknown>) => settleAll(Array.from({ length: connections }, work));
  await each(() => sql.$queryRawUnsafe('SELECT 1'));
  for (let round = 0; round < rounds; round += 1) {
    // At the same time, so that they find different connections.
    await each(ownWarmUp);
  }
}

/** A token that is well-formed but signed by nobody is refused after the keys have been fetched, and only then. */
async function fetchKeys(verify: AccessTokenVerifier): Promise<void> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const token = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'none' })}.${encode({})}.${'A'.repeat(86)}`;
  await verify(token).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'dependency_unavailable') throw error;
  });
}

async function settleAll(parts: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw new AggregateError(reasons, messageOf(reasons[0]));
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : 'failed';
}
