import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MigrationLog, type MigrationTarget, readRows, withMigrationLock } from './migration-session.ts';

/**
 * Reverts migrations, newest first, down to but not including `to` (all if `to` is null). Each runs its `down.sql` and
 * marks its row as rolled back in one transaction: `migrateDeploy` and `prisma migrate deploy` then count it as
 * pending.
 * @returns the names of the reverted migrations.
 * @throws Error if `to` is not applied or a `down.sql` is missing (then nothing is reverted), or if one fails
 *   (then it and the older ones are not reverted).
 */
export async function migrateDown(
  options: MigrationTarget & { to: string | null; log: MigrationLog },
): Promise<string[]> {
  const { to, migrationsDir, schema, log } = options;
  return withMigrationLock(options, async (client) => {
    const applied = (await readRows(client)).filter((row) => row.finished_at);
    if (to !== null && !applied.some((row) => row.migration_name === to)) {
      throw new Error(`${to} is not applied`);
    }
    const undo = applied.filter((row) => to === null || row.migration_name > to).reverse();
    const scripts = await Promise.all(
      undo.map((row) => readFile(join(migrationsDir, row.migration_name, 'down.sql'), 'utf8')),
    );
    for (const [index, { id, migration_name: migration }] of undo.entries()) {
      try {
        await client.query('BEGIN');
        await client.query(scripts[index] ?? '');
        await client.query(`SET LOCAL search_path = "${schema}"`);
        await client.query('UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE id = $1', [id]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw new Error(`down.sql of ${migration} failed: ${(error as Error).message}`, { cause: error });
      }
      log.info({ schema, migration }, 'migration undone');
    }
    return undo.map((row) => row.migration_name);
  });
}
