import type { Pool } from 'pg';

/** The part of a Prisma client that a ping needs. */
interface RawQueries {
  $queryRawUnsafe(sql: string): Promise<unknown>;
}

/** Running pings, by pool or client, so that many checks of a silent server do not use up its connections. */
const running = new WeakMap<object, Promise<unknown>>();

/**
 * Health check: one round trip over a pool or a Prisma client. Joins a ping that is still running.
 * @throws the query's error, or an Error if `signal` aborts first.
 */
export async function pingDatabase(database: Pool | RawQueries, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let ping = running.get(database);
  if (!ping) {
    const query: Promise<unknown> =
      '$queryRawUnsafe' in database ? database.$queryRawUnsafe('SELECT 1') : database.query('SELECT 1');
    ping = query.finally(() => running.delete(database));
    running.set(database, ping);
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error('database check timed out', { cause: signal.reason }));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([ping, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
