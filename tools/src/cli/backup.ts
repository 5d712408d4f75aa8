import { join } from 'node:path';
import { backupCommand } from '../backup/backup-command.ts';
import { readProduct } from '../ops/product.ts';
import { readUserEnv } from '../stack/environment.ts';
import { openState } from '../stack/state.ts';

// `npm run backup -- create|list|verify|restore|prune|keygen`, on the environment and .env, and on the running
// local stack where those name nothing.
const repo = join(import.meta.dirname, '../../..');
const { env: stackEnv } = openState(process.env.LMS_HOME || join(repo, '.lms')).read();
try {
  const { version } = await readProduct();
  process.exit(
    await backupCommand(process.argv.slice(2), { env: { ...stackEnv, ...readUserEnv(repo) }, version }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
