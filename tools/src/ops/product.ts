import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceVariables } from '@lms/config';
import { readNamedShapes } from '../known-variables.ts';
import { migrationFolders } from '../migrations/lint-all.ts';
import type { PreflightContext } from '../preflight/check.ts';

const repo = join(import.meta.dirname, '../../..');

/** What the product consists of, as far as the checks look at it. */
export type Product = Pick<PreflightContext, 'shapes' | 'migrations'> & { version: string };

/** The product in this checkout. build-ops.ts puts what this finds into the image instead of this file. */
export async function readProduct(): Promise<Product> {
  const shapes = await readNamedShapes();
  const migrations = await migrationFolders();
  const { version } = JSON.parse(await readFile(join(repo, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    shapes: shapes.map(({ service, shape }) => ({ service, shape: { ...serviceVariables, ...shape } })),
    migrations: migrations
      .filter(({ folder }) => folder.startsWith(join(repo, 'services')))
      .map(({ schema, folder }) => ({ service: schema, migrationsDir: folder })),
  };
}
