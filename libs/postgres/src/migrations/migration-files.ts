import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One `<timestamp>_<name>/migration.sql`. */
export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, as Prisma records it. */
  checksum: string;
}

/** Names of a build's migrations, oldest first. */
export async function listMigrationNames(migrationsDir: string): Promise<string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** A build's migrations, oldest first. */
export async function readMigrations(migrationsDir: string): Promise<Migration[]> {
  const names = await listMigrationNames(migrationsDir);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(migrationsDir, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** True if the server runs the whole file as one transaction, so that a failure leaves nothing behind. */
export function runsAsOneTransaction(sql: string): boolean {
  const code = sql.replace(/--.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  return !/\b(commit|rollback|start\s+transaction|begin\s*;|begin\s+transaction|concurrently)\b/i.test(code);
}
