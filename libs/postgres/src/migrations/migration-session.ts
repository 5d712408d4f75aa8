import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connectionConfig, databaseNameOf } from '../connection.ts';

/** A service's schema and its migrations. */
export interface MigrationTarget {
  databaseUrl: string;
  /** PostgreSQL schema of the service. */
  schema: string;
  /** Folder of `<timestamp>_<name>/{migration,down}.sql`. */
  migrationsDir: string;
}

export interface MigrationLog {
  info(facts: object, message: string): void;
}

/** A row of `_prisma_migrations` that was not rolled back. */
export interface MigrationRow {
  id: string;
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

interface Queryable {
  query<R extends pg.QueryResultRow>(sql: string): Promise<{ rows: R[] }>;
}

const lockWaitMs = 120_000;
const lockPollMs = 200;

/**
 * Runs `work` on a connection of its own while no other migration of the same schema runs; waits up to two
 * minutes for that.
 */
export async function withMigrationLock<T>(
  target: MigrationTarget,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withConnection(target, async (client) => {
    await waitForLock(client, target.schema);
    return work(client);
  });
}

/** Runs `work` on a connection of its own, without a statement timeout: migrations may take long. */
export async function withConnection<T>(
  target: Pick<MigrationTarget, 'databaseUrl' | 'schema'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connectionConfig(target),
    connectionTimeoutMillis: 5_000,
    application_name: `lms-migrate-${target.schema}`,
  });
  // The running query reports a lost connection; without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Creates the database named in the URL if it does not exist; needs the right to create databases. */
export async function ensureDatabase(databaseUrl: string): Promise<void> {
  const maintenance = new URL(databaseUrl);
  maintenance.pathname = '/postgres';
  const name = databaseNameOf(databaseUrl);
  await withConnection({ databaseUrl: maintenance.href, schema: 'public' }, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    } catch (error) {
      // Another service's migration has created it first.
      if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
    }
  });
}

/** Migrations recorded in the database, oldest first; empty if it was never migrated. */
export async function readRows(client: Queryable): Promise<MigrationRow[]> {
  const { rows: tables } = await client.query<{ known: boolean }>(
    `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS known`,
  );
  if (!tables[0]?.known) return [];
  const { rows } = await client.query<MigrationRow>(
    `SELECT id, migration_name, checksum, finished_at FROM "_prisma_migrations"
     WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return rows;
}

/**
 * Polls instead of waiting inside the server: a waiting statement holds a snapshot, and a `CREATE INDEX
 * CONCURRENTLY` in the migration that holds the lock would wait for that snapshot forever.
 */
async function waitForLock(client: pg.Client, schema: string): Promise<void> {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [`lms:migrate:${schema}`],
    );
    if (rows[0]?.locked) return;
    if (performance.now() > deadline) {
      throw new Error(`another migration of ${schema} is still running after ${lockWaitMs / 1000} s`);
    }
    await sleep(lockPollMs);
  }
}
