import { delimiter, join } from 'node:path';
import { defineConfig, type PrismaConfig } from 'prisma/config';

/**
 * The Prisma CLI's configuration of a service: its schema file, its PostgreSQL schema, and the engine from
 * npm. `DATABASE_URL` (or `DATABASE_DIRECT_URL` beside a pooler) is only needed by commands that talk to a database.
 */
export function prismaConfigOf(service: string): PrismaConfig {
  // The engine is TypeScript: it needs this repository's Node, whatever the machine has.
  const nodeFolder = join(import.meta.dirname, '../../../node_modules/node/bin');
  process.env.PATH = [nodeFolder, process.env.PATH].filter(Boolean).join(delimiter);
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= join(import.meta.dirname, 'schema-engine.ts');
  process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';
  process.env.CHECKPOINT_DISABLE ??= '1';
  const { DATABASE_DIRECT_URL, DATABASE_URL } = process.env;
  const url = new URL(DATABASE_DIRECT_URL || DATABASE_URL || 'postgresql://localhost:5432/lms');
  url.searchParams.set('schema', service);
  return defineConfig({
    schema: 'prisma/schema.prisma',
    migrations: { path: 'prisma/migrations' },
    datasource: { url: url.href },
  });
}
