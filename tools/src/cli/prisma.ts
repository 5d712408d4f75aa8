import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const repo = join(import.meta.dirname, '../../..');
const [service = '', ...args] = process.argv.slice(2);
const folder = join(repo, 'services', service);
if (!service || !existsSync(join(folder, 'prisma/schema.prisma'))) {
  console.error(
    'usage: npm run prisma -- <auth|content|media|ai> <prisma command…>, with DATABASE_URL in the environment',
  );
  process.exit(2);
}
const result = spawnSync(process.execPath, [join(repo, 'node_modules/prisma/build/index.js'), ...args], {
  cwd: folder,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
