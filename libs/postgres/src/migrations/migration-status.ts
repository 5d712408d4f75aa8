import { listMigrationNames } from './migration-files.ts';
import { type MigrationTarget, readRows, withConnection } from './migration-session.ts';

export interface MigrationStatus {
  applied: string[];
  /** In this build, not in the database. */
  pending: string[];
  /** In the database, not in this build: the database is newer. Fine, migrations are expand/contract. */
  ahead: string[];
  /** Began and did not finish: they run now, or failed and need a person (`prisma migrate resolve`). */
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
 * Readiness check: passes when the database has every migration of this build, or more. A failed migration
 * that this build does not know is the newer build's trouble, not a reason to take this one out of service.
 * Asks the database until it passes once; a schema does not go back under a running pod.
 * @throws Error naming what is missing.
 */
export function createSchemaCheck(target: MigrationTarget): () => Promise<void> {
  let ready = false;
  return async () => {
    if (ready) return;
    const { pending, failed } = await migrationStatus(target);
    const broken = failed.filter((name) => pending.includes(name));
    if (broken.length > 0) throw new Error(`migration ${broken.join(', ')} runs or has failed`);
    if (pending.length > 0) throw new Error(`the database is behind: ${pending.join(', ')} not applied`);
    ready = true;
  };
}
