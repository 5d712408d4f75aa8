import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from './progress.ts';

const run = promisify(execFile);

/** Folder of downloads, shared by all clones of this user. */
export function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lms');
}

/** Path of a program on PATH (or in one of the usual places), or null. */
export function findProgram(name: string): string | null {
  const dirs = [
    ...(process.env.PATH ?? '').split(':'),
    '/usr/local/bin',
    '/usr/bin',
    '/usr/sbin',
    '/opt/homebrew/bin',
  ];
  return dirs.map((dir) => join(dir, name)).find((path) => existsSync(path)) ?? null;
}

/**
 * Folder with the jars that a pom names, fetched with Maven on first use.
 * `instead` is the variable that names a running server, for users without Maven.
 * @throws SetupError if Maven is missing or the download fails.
 */
export async function jarsOf(wanted: {
  pom: string;
  name: string;
  instead: string;
  signal: AbortSignal;
}): Promise<string> {
  const { pom, name, instead, signal } = wanted;
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const target = join(cacheDir(), `${name}-${hash}`);
  if (existsSync(target)) return target;
  const mvn = findProgram('mvn');
  if (!mvn)
    throw new SetupError(
      `Maven is needed to download ${name}: ${howToInstall('maven')}, or name a running server in ${instead}.`,
    );
  // Downloads to a separate folder first, because another clone may be downloading the same files.
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`];
  try {
    await run(mvn, args, { timeout: 600_000, maxBuffer: 10_000_000, signal });
    if (existsSync(target)) rmSync(partial, { recursive: true });
    else renameSync(partial, target);
    return target;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`.trim().split('\n').slice(0, 8).join('\n');
    throw new SetupError(`Maven could not download ${name}:\n${output}`);
  }
}

let javaPath: string | undefined;

/**
 * Path of a Java of version 17 or newer: JAVA_HOME's, or the first on PATH.
 * @throws SetupError if there is none.
 */
export function findJava(forWhat: string, instead: string): string {
  if (javaPath) return javaPath;
  const home = process.env.JAVA_HOME;
  for (const java of [home && join(home, 'bin/java'), findProgram('java')]) {
    if (!java || !existsSync(java)) continue;
    const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 20_000 });
    const major = Number(/version "(?:1\.)?(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
    if (major >= 17) {
      javaPath = java;
      return java;
    }
  }
  throw new SetupError(
    `A JDK 17 or newer is needed for ${forWhat}: ${howToInstall('default-jdk-headless', 'openjdk')}, or name a running server in ${instead}.`,
  );
}

/** How to install a package on this machine. */
export function howToInstall(debianPackage: string, brewFormula = debianPackage): string {
  return process.platform === 'darwin'
    ? `brew install ${brewFormula}`
    : `install it (Debian, Ubuntu: sudo apt-get install -y ${debianPackage})`;
}
