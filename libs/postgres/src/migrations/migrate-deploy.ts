import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Migration, readMigrations, runsAsOneTransaction } from './migration-files.ts';
import {
  ensureDatabase,
  type MigrationLog,
  type MigrationRow,
  type MigrationTarget,
  readRows,
  withMigrationLock,
} from './migration-session.ts';

/**
 * Applies pending migrations in order, writing the same `_prisma_migrations` rows as `prisma migrate
 * deploy`, so that the Prisma CLI and this function can be used on one database. The first run creates the schema,
 * and with `createDatabase` the database too. Only one run per schema is active; others wait up to two minutes.
 * Each file runs as one statement list, in a transaction of its own unless it says otherwise. It waits 4 s for a
 * lock, so that other queries do not queue up behind it, and is then retried, five attempts in all.
 * @returns the names of the applied migrations.
 * @throws Error with the migration's name and PostgreSQL's message if one fails, or if an earlier one is recorded as
 *   failed or was changed after it had been applied.
 */
export async function migrateDeploy(
  options: MigrationTarget & { log: MigrationLog; createDatabase?: boolean },
): Promise<string[]> {
  const { schema, log } = options;
  const migrations = await readMigrations(options.migrationsDir);
  if (options.createDatabase) await ensureDatabase(options.databaseUrl);
  return withMigrationLock(options, async (client) => {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
    await client.query(createTable);
    const rows = await readRows(client);
    refuseFailed(rows, schema);
    refuseChanged(rows, migrations);
    const applied = new Set(rows.map((row) => row.migration_name));
    const done: string[] = [];
    for (const migration of migrations.filter(({ name }) => !applied.has(name))) {
      const started = performance.now();
      await apply(client, migration, log);
      done.push(migration.name);
      const durationMs = Math.round(performance.now() - started);
      log.info({ schema, migration: migration.name, durationMs }, 'migration applied');
    }
    return done;
  });
}

async function apply(client: pg.Client, migration: Migration, log: MigrationLog): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  try {
    await runWithLockRetries(client, migration, log);
  } catch (error) {
    const message = describe(error);
    await client.query('ROLLBACK').catch(() => undefined);
    await client
      .query('UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1', [id, message])
      .catch(() => undefined);
    throw new Error(`migration ${migration.name} failed: ${message}`, { cause: error });
  }
  // A migration may have changed the search path or other settings of the session.
  await client.query('RESET ALL');
  await client.query(
    'UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = 1 WHERE id = $1',
    [id],
  );
}

const lockTimeoutMs = 4_000;
const lockAttempts = 5;

async function runWithLockRetries(client: pg.Client, migration: Migration, log: MigrationLog): Promise<void> {
  const repeatable = runsAsOneTransaction(migration.sql);
  await client.query(`SET lock_timeout = ${repeatable ? lockTimeoutMs : 0}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(migration.sql);
      return;
    } catch (error) {
      const lockNotAvailable = (error as pg.DatabaseError).code === '55P03';
      if (!repeatable || !lockNotAvailable || attempt >= lockAttempts) throw error;
      log.info({ migration: migration.name, attempt }, 'a table is locked; retrying the migration');
      await sleep(1_000 * attempt);
    }
  }
}

/** PostgreSQL's message with its code, place and hint; never `detail`, which may quote a row. */
function describe(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  return [
    `${error.message} (SQLSTATE ${error.code})`,
    error.position && `at character ${error.position}`,
    error.hint && `hint: ${error.hint}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function refuseFailed(rows: MigrationRow[], schema: string): void {
  const failed = rows.filter((row) => !row.finished_at).map((row) => row.migration_name);
  if (failed.length === 0) return;
  throw new Error(
    `migration ${failed.join(', ')} of ${schema} failed before; repair the database, then mark the migration with ` +
      `\`npm run prisma -- ${schema} migrate resolve --rolled-back <name>\` (or --applied)`,
  );
}

function refuseChanged(rows: MigrationRow[], migrations: Migration[]): void {
  for (const { name, checksum } of migrations) {
    const row = rows.find((candidate) => candidate.migration_name === name);
    if (row && row.checksum !== checksum) {
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
