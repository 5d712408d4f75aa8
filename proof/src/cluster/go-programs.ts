import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, findProgram, howToInstall } from '@lms/tools/stack/downloads';
import { type Progress, SetupError } from '@lms/tools/stack/progress';

const run = promisify(execFile);
const modules = join(import.meta.dirname, '../../cluster');

/** Programs built from the Go module proxy, as pinned in `proof/cluster/<module>/go.mod` and its go.sum. */
export interface GoModule {
  /** Folder under proof/cluster. */
  module: string;
  /** The requirement in go.mod whose version is used for the name of the cache folder. */
  main: string;
}

export const kubernetes: GoModule = { module: 'kubernetes', main: 'k8s.io/kubernetes' };
export const coredns: GoModule = { module: 'coredns', main: 'github.com/coredns/coredns' };

/** Version of a module's main requirement, without the `v`. */
export function versionOf({ module, main }: GoModule): string {
  const text = readFileSync(join(modules, module, 'go.mod'), 'utf8');
  const version = text.match(
    new RegExp(`^(?:require )?\\s*${main.replaceAll('.', '\\.')} v(\\S+)`, 'm'),
  )?.[1];
  if (!version) throw new Error(`proof/cluster/${module}/go.mod does not require ${main}`);
  return version;
}

/**
 * Path of a program, which is built on first use and cached by version for the user; `build-seconds.json` next to
 * it holds the duration of the build. Two compilers run at a time, at low priority: kube-apiserver takes six
 * minutes on two cores the first time, the others much less after it.
 * @throws SetupError if Go is missing or the build fails.
 */
export async function goProgram(
  of: GoModule,
  path: string,
  { progress, signal }: { progress: Progress; signal?: AbortSignal },
): Promise<string> {
  const version = versionOf(of);
  const name = path.split('/').at(-1) as string;
  const folder = join(cacheDir(), `${of.module}-${version}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  const go = findProgram('go') ?? (existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : null);
  if (!go) throw new SetupError(`Go is needed to build ${name}: ${howToInstall('golang', 'go')}.`);
  mkdirSync(folder, { recursive: true });
  const partial = `${program}.${process.pid}`;
  const flags = ['-s -w', ...(of === kubernetes ? versionFlags(version) : [])].join(' ');
  const args = ['-n', '10', go, 'build', '-p', '2', '-trimpath', '-ldflags', flags, '-o', partial, path];
  const started = performance.now();
  try {
    await progress.step(`Building ${name} ${version}`, () =>
      run('nice', args, {
        cwd: join(modules, of.module),
        env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' },
        timeout: 3_600_000,
        maxBuffer: 10_000_000,
        ...(signal ? { signal } : {}),
      }),
    );
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const lines = (stderr || message).trim().split('\n');
    throw new SetupError(`${name} could not be built:\n${lines.slice(-8).join('\n')}`);
  }
  renameSync(partial, program);
  noteSeconds(folder, name, Math.round((performance.now() - started) / 1000));
  return program;
}

function versionFlags(version: string): string[] {
  const [major, minor] = version.split('.');
  const fields = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  return Object.entries(fields).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

function noteSeconds(folder: string, name: string, seconds: number): void {
  const file = join(folder, 'build-seconds.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>) : {};
  writeFileSync(file, `${JSON.stringify({ ...known, [name]: seconds }, null, 2)}\n`);
}
