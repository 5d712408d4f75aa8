import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const repo = join(import.meta.dirname, '../../..');

/** A package with migrations; the name of its PostgreSQL schema is its folder's. */
export interface MigrationFolder {
  schema: string;
  folder: string;
}

/** Every package of `groups` (`services` and `libs`, unless given) that has `prisma/migrations`. */
export async function migrationFolders(
  groups: readonly ('services' | 'libs')[] = ['services', 'libs'],
): Promise<MigrationFolder[]> {
  const found: MigrationFolder[] = [];
  for (const group of groups) {
    for (const name of (await readdir(join(repo, group))).sort()) {
      const folder = join(repo, group, name, 'prisma/migrations');
      if (await stat(folder).catch(() => null)) found.push({ schema: name, folder });
    }
  }
  return found;
}
