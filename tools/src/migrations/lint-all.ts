import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, lintMigrations, readMigrationSources } from './lint-migrations.ts';

const repo = join(import.meta.dirname, '../../..');

/** A package with migrations; the name of its PostgreSQL schema is its folder's. */
export interface MigrationFolder {
  schema: string;
  folder: string;
}

/** Every `services/*` and `libs/*` that has `prisma/migrations`. */
export async function migrationFolders(): Promise<MigrationFolder[]> {
  const found: MigrationFolder[] = [];
  for (const group of ['services', 'libs']) {
    for (const name of (await readdir(join(repo, group))).sort()) {
      const folder = join(repo, group, name, 'prisma/migrations');
      if (await stat(folder).catch(() => null)) found.push({ schema: name, folder });
    }
  }
  return found;
}

/** Lints every migration of the repository against the version in its package.json. */
export async function lintAllMigrations(): Promise<{ migrations: number; findings: Finding[] }> {
  const { version } = JSON.parse(await readFile(join(repo, 'package.json'), 'utf8')) as { version: string };
  const findings: Finding[] = [];
  let migrations = 0;
  for (const { schema, folder } of await migrationFolders()) {
    const sources = await readMigrationSources(folder);
    migrations += sources.length;
    for (const finding of await lintMigrations(sources, { schema, version }))
      findings.push({ ...finding, migration: `${folder.slice(repo.length + 1)}/${finding.migration}` });
  }
  return { migrations, findings };
}

if (import.meta.main) {
  const { migrations, findings } = await lintAllMigrations();
  for (const { migration, line, rule, message } of findings)
    console.error(`${migration}/migration.sql:${line} ${rule}: ${message}`);
  console.log(`migrations: ${migrations} checked, ${findings.length} findings`);
  process.exit(findings.length > 0 || migrations === 0 ? 1 : 0);
}
