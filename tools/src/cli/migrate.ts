import { join } from 'node:path';
import { migrateCommand } from '@lms/ops/migrate/migrate-command';
import { readProduct } from '@lms/ops/product';
import { localStackEnv } from '../stack/local-stack-env.ts';
import { withPostgresClient } from '../stack/postgres-client.ts';

// `npm run migrate -- <service> …`: the operations command, with DATABASE_URL or the running local stack.
const repo = join(import.meta.dirname, '../../..');
const env: NodeJS.ProcessEnv = { ...localStackEnv(repo), ...process.env };
try {
  if (!env.DATABASE_URL)
    throw new Error('DATABASE_URL is not set, and no local stack is running (npm run up)');
  const { migrations, version } = await readProduct({ libs: true });
  const words = process.argv.slice(2);
  process.exit(await migrateCommand(words, { env: await withPostgresClient(env), migrations, version }));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
