import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prismaConfigOf } from './libs/prisma-cli/src/prisma-config.ts';

// The Prisma CLI at the root of the repository. Each service has a schema and a prisma.config.ts of its own, so
// `npx prisma migrate deploy` is handed on to every service in turn; `npx prisma db seed` seeds the running stack.
const words = process.argv.slice(2);
const isCli = /[\\/]prisma([\\/]build[\\/]index\.js)?$/.test(process.argv[1] ?? '');
if (isCli && words.length > 1 && (words[0] === 'migrate' || (words[0] === 'db' && words[1] !== 'seed'))) {
  const run = join(import.meta.dirname, 'tools/run.mjs');
  const { status } = spawnSync(process.execPath, [run, 'prisma', 'all', ...words], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

export default { ...prismaConfigOf('lms'), migrations: { seed: 'node tools/run.mjs seed' } };
