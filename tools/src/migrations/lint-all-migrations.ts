import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import { type Finding, lintMigrations, readMigrationSources } from './lint-migrations.ts';

const repo = join(import.meta.dirname, '../../..');

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
