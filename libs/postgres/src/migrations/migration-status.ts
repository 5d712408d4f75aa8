import { listMigrationNames } from './migration-files.ts';
import { type MigrationTarget, readRows, withConnection } from './migration-session.ts';

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
  const rows = await withConnection(target, readRows);
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
 * once it does not query the database again, because a schema is never reverted under a running pod.
 * @throws Error that names the missing migrations.
 */
export function createSchemaCheck(target: MigrationTarget): () => Promise<void> {
  let ready = false;
  return async () => {
    if (ready) return;
    const { pending, failed } = await migrationStatus(target);
    const broken = failed.filter((name) => pending.includes(name));
    if (broken.length > 0) throw new Error(`migration ${broken.join(', ')} is running or has failed`);
    if (pending.length > 0) throw new Error(`the database is behind: ${pending.join(', ')} not applied`);
    ready = true;
  };
}
