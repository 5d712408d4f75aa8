import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repo = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/**
 * Generates the Prisma clients of all services (or of `only`), into `src/generated/prisma`. Skips those
 * whose schema file and Prisma version did not change since.
 * @returns names of the services whose client was generated.
 */
export async function generateClients(only?: string[]): Promise<string[]> {
  const services = (await readdir(join(repo, 'services'))).filter((name) => !only || only.includes(name));
  const results = await Promise.all(
    services.map(async (name) => ((await generateClient(name)) ? name : null)),
  );
  return results.filter((name) => name !== null);
}

async function generateClient(service: string): Promise<boolean> {
  const folder = join(repo, 'services', service);
  const schema = await readFile(join(folder, 'prisma/schema.prisma'), 'utf8').catch(() => null);
  if (schema === null) return false;
  const prismaVersion = await readFile(join(repo, 'node_modules/prisma/package.json'), 'utf8');
  const stamp = createHash('sha256').update(schema).update(prismaVersion).digest('hex');
  const generated = join(folder, 'src/generated');
  const stampFile = join(generated, 'stamp.txt');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return false;
  await run(process.execPath, [join(repo, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: folder,
    env: { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
    timeout: 120_000,
  });
  await mkdir(generated, { recursive: true });
  await writeFile(stampFile, stamp);
  return true;
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  const done = await generateClients(names.length > 0 ? names : undefined);
  console.log(
    done.length > 0 ? `Prisma clients generated: ${done.join(', ')}` : 'Prisma clients are up to date',
  );
}
