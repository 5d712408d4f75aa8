import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceVariables } from '@lms/config';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import { readNamedShapes } from './known-variables.ts';
import type { PreflightContext } from './preflight/check.ts';

const repo = join(import.meta.dirname, '../..');

/** The parts of the product that the checks use. */
export type Product = Pick<PreflightContext, 'shapes' | 'migrations'> & { version: string };

/**
 * The product in this checkout. In the image, tools/src/build/build-ops.ts replaces this file with what it finds.
 * With `libs`, the libraries' own migrations (for their tests) are listed too.
 */
export async function readProduct({ libs = false }: { libs?: boolean } = {}): Promise<Product> {
  const shapes = await readNamedShapes();
  const migrations = await migrationFolders(libs ? ['services', 'libs'] : ['services']);
  const { version } = JSON.parse(await readFile(join(repo, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    shapes: shapes.map(({ service, shape }) => ({ service, shape: { ...serviceVariables, ...shape } })),
    migrations: migrations.map(({ schema, folder }) => ({ service: schema, migrationsDir: folder })),
  };
}
