import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, findProgram } from './downloads.ts';
import { SetupError } from './progress.ts';

const run = promisify(execFile);

/** A program and the environment that it needs to find its libraries. */
export interface FoundProgram {
  command: string;
  env: NodeJS.ProcessEnv;
}

/**
 * The first of `names` that is installed, or `file` of a Debian package, unpacked into the cache without installing
 * it.
 * @throws SetupError with `advice` if the program is not installed and cannot be fetched.
 */
export async function findOrUnpack(wanted: {
  names: string[];
  debianPackage: string;
  /** Path in the package. */
  file: string;
  advice: string;
}): Promise<FoundProgram> {
  const { names, debianPackage, file, advice } = wanted;
  const installed = names.map(findProgram).find((path) => path !== null);
  if (installed) return { command: installed, env: {} };
  if (!findProgram('apt-get') || !findProgram('dpkg-deb')) throw new SetupError(advice);
  try {
    const root = await unpackFromDebian(debianPackage, file);
    const lib = readdirSync(join(root, 'usr/lib')).map((name) => join(root, 'usr/lib', name));
    return {
      command: join(root, file),
      env: { LD_LIBRARY_PATH: [...lib, join(root, 'usr/lib')].join(':') },
    };
  } catch (cause) {
    throw new SetupError(advice, { cause });
  }
}

async function unpackFromDebian(debianPackage: string, file: string): Promise<string> {
  const target = join(cacheDir(), basename(file).replace(/-server$/, ''));
  if (existsSync(join(target, file))) return target;
  const wanted = () => {
    const plan = spawnSync('apt-get', ['-s', '--no-install-recommends', 'install', debianPackage], {
      encoding: 'utf8',
    });
    return [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  };
  let packages = wanted();
  if (packages.length === 0 && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-qq'], { timeout: 120_000 });
    packages = wanted();
  }
  if (packages.length === 0) throw new Error(`apt knows no ${debianPackage}`);
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  await run('apt-get', ['-qq', 'download', ...packages], { cwd: partial, timeout: 120_000 });
  for (const name of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', join(partial, name), partial]);
    rmSync(join(partial, name));
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
  return target;
}
