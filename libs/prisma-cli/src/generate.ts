import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repo = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
const atOnce = 2;

/**
 * Generates the Prisma clients of all services and libs that have a `prisma/schema.prisma` (or of `only`),
 * into `src/generated/prisma`, two at a time. Skips those whose schema and Prisma version did not change
 * since, unless `force` is given.
 * @returns names of the packages whose client was generated.
 * @throws Error with Prisma's own message when a schema is not valid.
 */
export async function generateClients(
  only?: string[],
  { force = false, root = repo }: { force?: boolean; root?: string } = {},
): Promise<string[]> {
  const waiting = (await packageFolders(root)).filter(({ name }) => !only || only.includes(name));
  const done: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (await generateClient(next.folder, force)) done.push(next.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done.sort();
}

async function packageFolders(root: string): Promise<{ name: string; folder: string }[]> {
  const groups = await Promise.all(
    ['services', 'libs'].map(async (group) =>
      (await readdir(join(root, group))).map((name) => ({ name, folder: join(root, group, name) })),
    ),
  );
  return groups.flat();
}

async function generateClient(folder: string, force: boolean): Promise<boolean> {
  const schema = await readFile(join(folder, 'prisma/schema.prisma'), 'utf8').catch(() => null);
  if (schema === null) return false;
  const prismaVersion = await readFile(join(repo, 'node_modules/prisma/package.json'), 'utf8');
  const stamp = createHash('sha256').update(schema).update(prismaVersion).digest('hex');
  const generated = join(folder, 'src/generated');
  const stampFile = join(generated, 'stamp.txt');
  if (!force && (await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return false;
  // An interrupted run must not leave a stamp for an incomplete client.
  await rm(stampFile, { force: true });
  await run(process.execPath, [join(repo, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: folder,
    env: { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
    timeout: 120_000,
  }).catch((error: { stderr?: string; message: string }) => {
    throw new Error(`prisma generate failed in ${folder}:\n${error.stderr || error.message}`);
  });
  await mkdir(generated, { recursive: true });
  await writeFile(stampFile, stamp);
  return true;
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const names = args.filter((arg) => arg !== '--force');
  const done = await generateClients(names.length > 0 ? names : undefined, {
    force: args.includes('--force'),
  });
  console.log(
    done.length > 0 ? `Prisma clients generated: ${done.join(', ')}` : 'Prisma clients are up to date',
  );
}
