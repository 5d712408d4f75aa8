import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMigrateCommand } from '@lms/postgres';
import { createSnapshot } from '../backup/create-snapshot.ts';
import { localStackEnv } from '../stack/local-stack-env.ts';
import { withPostgresClient } from '../stack/postgres-client.ts';

/**
 * `npm run migrate -- <service> [deploy|status|down --to <migration to keep>|down --all] [--snapshot]`: the SQL
 * migrations of one service, on DATABASE_URL or else on the running local stack. `--snapshot` first takes a
 * backup to the bucket, and stops when that fails. Tables of jobs and topics are the service's own: the
 * image's `main.js migrate` brings those up to date too.
 */
const repo = join(import.meta.dirname, '../../..');
const [service = '', ...words] = process.argv.slice(2);
const args = words.filter((word) => word !== '--snapshot');
const migrationsDir = ['services', 'libs']
  .map((group) => join(repo, group, service, 'prisma/migrations'))
  .find((folder) => /^[a-z]+$/.test(service) && existsSync(folder));
const env: NodeJS.ProcessEnv = { ...localStackEnv(repo), ...process.env };

try {
  if (!migrationsDir)
    throw new Error('usage: npm run migrate -- <auth|content|media|ai> [deploy|status|down …] [--snapshot]');
  if (!env.DATABASE_URL) throw new Error('DATABASE_URL is not set, and no local stack runs (npm run up)');
  const log = {
    info: (facts: { migration?: string; durationMs?: number }, message: string) =>
      console.log(
        [message, facts.migration, facts.durationMs && `${facts.durationMs} ms`].filter(Boolean).join('  '),
      ),
  };
  if (words.length !== args.length) {
    const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')) as { version: string };
    const label = `before-migrate-${service}`;
    const { name } = await createSnapshot({ env: await withPostgresClient(env), label, version });
    console.log(`snapshot  ${name}`);
  }
  await runMigrateCommand({ args, databaseUrl: env.DATABASE_URL, schema: service, migrationsDir, log });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
