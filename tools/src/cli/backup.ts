import { join } from 'node:path';
import { backupCommand } from '@lms/ops/backup/backup-command';
import { readProduct } from '@lms/ops/product';
import { readUserEnv } from '../stack/environment.ts';
import { localStackEnv } from '../stack/local-stack-env.ts';
import { withPostgresClient } from '../stack/postgres-client.ts';

// `npm run backup -- create|list|verify|restore|prune|keygen`, with the environment and .env, and with the servers
// of the running local stack for variables that neither sets.
const repo = join(import.meta.dirname, '../../..');
try {
  const { version } = await readProduct();
  const args = process.argv.slice(2);
  const env = { ...localStackEnv(repo), ...readUserEnv(repo) };
  const needsClient = ['create', 'verify', 'restore'].includes(args[0] ?? '');
  process.exit(
    await backupCommand(args, { env: needsClient ? await withPostgresClient(env) : env, version }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
