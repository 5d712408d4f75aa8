import type { SqlTransaction } from '../run-idempotently.ts';
import { listMigrationNames } from './migration-files.ts';
import { type MigrationRow, type MigrationTarget, readRows, withConnection } from './migration-session.ts';

export interface MigrationStatus {
  applied: string[];
  /** In this build, not in the database. */
  pending: string[];
  /** In the database but not in this build: the database is newer, which expand/contract migrations allow. */
  ahead: string[];
  /** Started but not finished: still running, or failed and to be resolved by hand (`prisma migrate resolve`). */
  failed: string[];
}

/** Compares this build's migrations with the database. A database without any counts as all pending. */
export async function migrationStatus(target: MigrationTarget): Promise<MigrationStatus> {
  const names = await listMigrationNames(target.migrationsDir);
  return compare(names, await withConnection(target, readRows));
}

function compare(names: string[], rows: MigrationRow[]): MigrationStatus {
  const applied = rows.filter((row) => row.finished_at).map((row) => row.migration_name);
  return {
    applied,
    pending: names.filter((name) => !applied.includes(name)),
    ahead: applied.filter((name) => !names.includes(name)),
    failed: rows.filter((row) => !row.finished_at).map((row) => row.migration_name),
  };
}

/**
 * Readiness check: passes if the database has at least every migration of this build. A failed migration that this
 * build does not know concerns the newer build and is no reason to take this one out of service. After it has passed
 * once it does not query the database again, because a schema is never reverted under a running pod. `database` is a
 * client of the service, whose search path leads to its schema.
 * @throws Error that names the missing migrations.
 */
export function createSchemaCheck(
  database: Pick<SqlTransaction, '$queryRawUnsafe'>,
  migrationsDir: string,
): () => Promise<void> {
  let ready = false;
  return async () => {
    if (ready) return;
    const names = await listMigrationNames(migrationsDir);
    const query = async <R>(sql: string) => ({ rows: await database.$queryRawUnsafe<R[]>(sql) });
    const { pending, failed } = compare(names, await readRows({ query }));
    const broken = failed.filter((name) => pending.includes(name));
    if (broken.length > 0) throw new Error(`migration ${broken.join(', ')} is running or has failed`);
    if (pending.length > 0) throw new Error(`the database is behind: ${pending.join(', ')} not applied`);
    ready = true;
  };
}
