import { join } from 'node:path';
import { backupCommand } from '@lms/ops/backup/backup-command';
import { readProduct } from '@lms/ops/product';
import { readUserEnv } from '../stack/environment.ts';
import { localStackEnv } from '../stack/local-stack-env.ts';

// `npm run backup -- create|list|verify|restore|prune|keygen`, on the environment and .env, and on the running
// local stack where those name nothing.
const repo = join(import.meta.dirname, '../../..');
try {
  const { version } = await readProduct();
  process.exit(
    await backupCommand(process.argv.slice(2), {
      env: { ...localStackEnv(repo), ...readUserEnv(repo) },
      version,
    }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
