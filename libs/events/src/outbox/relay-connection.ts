import { connectionConfig } from '@lms/postgres';
import pg from 'pg';
import { awakeLockPrefix } from './append-event.ts';

/** The server ends a relay's session after this long without a query, in ms. */
export const idleSessionMs = 10_000;
const keepAliveMs = 3_000;
const sessionSettings = [
  `idle_session_timeout=${idleSessionMs}ms`,
  'tcp_keepalives_idle=5',
  'tcp_keepalives_interval=3',
  'tcp_keepalives_count=3',
];

/**
 * The relay's own connection. The server closes it after 10 s without a query, and a working relay sends a query at
 * least every 3 s (`withKeepAlive`): so a process that is frozen or cut off loses the lock to one that works.
 * `onWake` is called for each notification, and when the connection is lost.
 */
export async function connectRelay(options: {
  databaseUrl: string;
  schema: string;
  onWake: () => void;
}): Promise<pg.Client> {
  const base = connectionConfig(options);
  const client = new pg.Client({
    ...base,
    connectionTimeoutMillis: 3_000,
    query_timeout: 15_000,
    statement_timeout: 10_000,
    application_name: `lms-relay-${options.schema}`,
    options: [base.options, ...sessionSettings.map((setting) => `-c ${setting}`)].join(' '),
  });
  // Every later query on the client fails; this listener only keeps the process alive and ends a wait.
  client.on('error', options.onWake);
  client.on('end', options.onWake);
  client.on('notification', options.onWake);
  await client.connect();
  return client;
}

/** Takes the lock of the schema's active relay; it is held until the connection ends. */
export async function tryLock(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`lms:relay:${schema}`],
  );
  return rows[0]?.locked === true;
}

/**
 * While this lock is held, `appendEvent` sends no notification: the relay looks by itself. (PostgreSQL commits
 * transactions that notify one after the other, so under load each would wait for the others.)
 */
export const awakeLock = (schema: string) => awakeLockPrefix + schema;

/** Takes the lock; false if a transaction that has notified still holds it, in which case all go on notifying. */
export async function lockAwake(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [awakeLock(schema)],
  );
  return rows[0]?.locked === true;
}

export async function unlockAwake(client: pg.Client, schema: string): Promise<void> {
  await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [awakeLock(schema)]);
}

/** Keeps the connection, and with it the lock, alive while `work` does not use it. */
export async function withKeepAlive<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  let asking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    asking ??= client
      .query('SELECT 1')
      .catch(() => undefined)
      .finally(() => {
        asking = undefined;
      });
  }, keepAliveMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await asking;
  }
}
