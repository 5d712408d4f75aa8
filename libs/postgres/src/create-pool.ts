import pg from 'pg';
import { type PoolOptions, poolConfig } from './connection.ts';

/**
 * A plain pool with explicit limits: connecting (`connectTimeoutMs`), statements (15 s), waits for a lock
 * (3 s), idle transactions (30 s). A connection that breaks, idle or in use, is logged and replaced; it
 * never throws outside of the query it was running.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool(poolConfig(options));
  pool.on('error', (err) =>
    options.log.warn({ err }, 'an idle database connection was lost and will be replaced'),
  );
  // Without a listener, a connection that breaks between two queries would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}
