import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { withoutSchemaParameter } from './create-prisma-adapter.ts';

interface MigrationLog {
  info(facts: object, message: string): void;
}

export interface MigrationTarget {
  databaseUrl: string;
  /** PostgreSQL schema of the service. */
  schema: string;
  /** Folder of `<timestamp>_<name>/{migration,down}.sql`. */
  migrationsDir: string;
}

export interface MigrationStatus {
  applied: string[];
  /** In this build, not in the database. */
  pending: string[];
  /** In the database, not in this build: the database is newer. Fine, migrations are expand/contract. */
  ahead: string[];
  /** Began and did not finish; needs a person (docs/runbooks/migrations.md). */
  failed: string[];
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** Key of the advisory lock that makes migrations of one schema run one at a time. */
const lockName = (schema: string) => `lms:migrate:${schema}`;
const lockWaitMs = 120_000;

/**
 * Applies pending migrations in order, writing the same `_prisma_migrations` rows as `prisma migrate
 * deploy`, so that the Prisma CLI and this can be used on one database. Creates the schema on first run.
 * One run at a time per schema; others wait up to two minutes. Each file runs as one statement list: its
 * own transaction unless it says otherwise.
 * @returns names of the migrations that were applied.
 * @throws Error naming the migration and PostgreSQL's message when one fails, or when an earlier one is
 *   recorded as failed or was changed after it had been applied.
 */
export async function migrateDeploy(options: MigrationTarget & { log: MigrationLog }): Promise<string[]> {
  const migrations = await readMigrations(options.migrationsDir);
  return withMigrationLock(options, async (client) => {
    await client.query(createTable);
    const rows = await readRows(client);
    refuseFailed(rows, options.schema);
    refuseChanged(rows, migrations);
    const applied = new Set(rows.filter((row) => row.finished_at).map((row) => row.migration_name));
    const done: string[] = [];
    for (const migration of migrations.filter(({ name }) => !applied.has(name))) {
      const started = performance.now();
      await apply(client, migration);
      done.push(migration.name);
      const durationMs = Math.round(performance.now() - started);
      options.log.info(
        { schema: options.schema, migration: migration.name, durationMs },
        'migration applied',
      );
    }
    return done;
  });
}

/** Compares this build's migrations with the database. A database without any counts as all pending. */
export async function migrationStatus(target: MigrationTarget): Promise<MigrationStatus> {
  const names = (await readMigrations(target.migrationsDir)).map(({ name }) => name);
  const client = await connect(target);
  try {
    const rows = await readRows(client).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '42P01') return [];
      throw error;
    });
    const applied = rows.filter((row) => row.finished_at).map((row) => row.migration_name);
    return {
      applied,
      pending: names.filter((name) => !applied.includes(name)),
      ahead: applied.filter((name) => !names.includes(name)),
      failed: rows.filter((row) => !row.finished_at).map((row) => row.migration_name),
    };
  } finally {
    await client.end();
  }
}

/**
 * Readiness check: passes when the database has every migration of this build, or more. Asks until it
 * passes once; a schema does not go back under a running pod.
 * @throws Error naming what is missing.
 */
export function createSchemaCheck(target: MigrationTarget): () => Promise<void> {
  let ready = false;
  return async () => {
    if (ready) return;
    const { pending, failed } = await migrationStatus(target);
    if (failed.length > 0) throw new Error(`migration ${failed.join(', ')} failed`);
    if (pending.length > 0) throw new Error(`the database is behind: ${pending.join(', ')} not applied`);
    ready = true;
  };
}

/**
 * Undoes migrations, newest first, down to and without `to` (all when `to` is null), each by its `down.sql`
 * in one transaction with the removal of its row.
 * @throws Error when `to` is unknown or a `down.sql` is missing; nothing later is undone then.
 */
export async function migrateDown(
  options: MigrationTarget & { to: string | null; log: MigrationLog },
): Promise<string[]> {
  return withMigrationLock(options, async (client) => {
    const applied = (await readRows(client))
      .filter((row) => row.finished_at)
      .map((row) => row.migration_name);
    if (options.to !== null && !applied.includes(options.to)) throw new Error(`${options.to} is not applied`);
    const undo = applied.filter((name) => options.to === null || name > options.to).reverse();
    for (const name of undo) {
      const sql = await readFile(join(options.migrationsDir, name, 'down.sql'), 'utf8');
      try {
        await client.query(
          `BEGIN;\n${sql}\n;DELETE FROM "_prisma_migrations" WHERE migration_name = '${name}';COMMIT;`,
        );
      } catch (error) {
        await client.query('ROLLBACK');
        throw new Error(`down.sql of ${name} failed: ${(error as Error).message}`, { cause: error });
      }
      options.log.info({ schema: options.schema, migration: name }, 'migration undone');
    }
    return undo;
  });
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  try {
    await client.query(migration.sql);
  } catch (error) {
    const message = (error as Error).message;
    await client.query('ROLLBACK').catch(() => undefined);
    await client.query('UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1', [id, message]);
    throw new Error(`migration ${migration.name} failed: ${message}`, { cause: error });
  }
  await client.query(
    'UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = 1 WHERE id = $1',
    [id],
  );
}

async function withMigrationLock<T>(
  target: MigrationTarget,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(target);
  try {
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lockName(target.schema)]);
    await client.query('SET lock_timeout = 0');
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(target.schema)}`);
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connect(target: MigrationTarget): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: withoutSchemaParameter(target.databaseUrl),
    connectionTimeoutMillis: 5_000,
    application_name: `lms-migrate-${target.schema}`,
    options: `-c search_path=${target.schema}`,
  });
  await client.connect();
  return client;
}

interface MigrationRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

async function readRows(client: pg.Client): Promise<MigrationRow[]> {
  const { rows } = await client.query<MigrationRow>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name',
  );
  return rows;
}

async function readMigrations(migrationsDir: string): Promise<Migration[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(migrationsDir, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function refuseFailed(rows: MigrationRow[], schema: string): void {
  const failed = rows.filter((row) => !row.finished_at).map((row) => row.migration_name);
  if (failed.length === 0) return;
  throw new Error(
    `migration ${failed.join(', ')} of ${schema} failed before; mend the database, then mark it with \`prisma migrate resolve\``,
  );
}

function refuseChanged(rows: MigrationRow[], migrations: Migration[]): void {
  for (const { name, checksum } of migrations) {
    const row = rows.find((candidate) => candidate.migration_name === name);
    if (row?.finished_at && row.checksum !== checksum) {
      throw new Error(`migration ${name} was changed after it had been applied; write a new one instead`);
    }
  }
}

/** As `prisma migrate deploy` creates it. */
const createTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;
