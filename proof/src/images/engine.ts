import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir, findProgram } from '@lms/tools/stack/downloads';
import { composePluginConfig, type DebianRelease, debianRelease, installMissing } from './debian.ts';
import { type NetworkState, readNetworkState, restoreNetworkState } from './network-state.ts';
import { tryRun } from './run.ts';

/** A Docker engine with Compose. */
export interface Engine {
  /** Path of the client. */
  docker: string;
  env: NodeJS.ProcessEnv;
  version: string;
  /** True if it was started here with its own data, so that images of any name may be added. */
  own?: DebianRelease;
  stop(): Promise<void>;
}

/**
 * The running engine, or one started for this run (Debian, root).
 * @throws NoEngine with the reason if neither is possible.
 */
export async function findEngine(): Promise<Engine> {
  const running = await runningEngine();
  if (running) return running;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    throw new NoEngine('no Docker engine is running, and one is started here only on Debian as root');
  return startEngine();
}

export class NoEngine extends Error {
  override name = 'NoEngine';
}

async function runningEngine(): Promise<Engine | null> {
  const docker = findProgram('docker');
  if (!docker) return null;
  const version = await tryRun(docker, ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 20_000 });
  if (version.code !== 0) return null;
  if ((await tryRun(docker, ['compose', 'version'], { timeoutMs: 20_000 })).code !== 0)
    throw new NoEngine('a Docker engine runs here, but its client lacks the Compose plugin (docker compose)');
  return { docker, env: process.env, version: version.stdout.trim(), stop: async () => undefined };
}

async function startEngine(): Promise<Engine> {
  await installMissing({
    'docker.io': '/usr/sbin/dockerd',
    debootstrap: 'debootstrap',
    iptables: 'iptables',
    iproute2: 'ip',
    'python3-pip': 'pip3',
  });
  const release = await debianRelease();
  const config = await composePluginConfig(release);
  const root = join(cacheDir(), 'engine');
  mkdirSync(root, { recursive: true });
  await stopForgotten(root);

  // A killed run could not restore the network, so the state that it had saved still applies.
  const beforeFile = join(root, 'network-before.json');
  const before = existsSync(beforeFile)
    ? (JSON.parse(readFileSync(beforeFile, 'utf8')) as NetworkState)
    : await readNetworkState();
  writeFileSync(beforeFile, JSON.stringify(before));
  // The path is short, because the name of a socket may have at most 107 characters.
  const runDir = mkdtempSync(join(tmpdir(), 'lms-engine-'));
  const socket = join(runDir, 'docker.sock');
  const logFile = join(root, 'dockerd.log');
  const log = openSync(logFile, 'w');
  const child = spawn(
    '/usr/sbin/dockerd',
    [
      ...['--data-root', join(root, 'data'), '--exec-root', join(runDir, 'exec')],
      ...['--pidfile', join(root, 'dockerd.pid'), '-H', `unix://${socket}`],
    ],
    { stdio: ['ignore', log, log], detached: true },
  );
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended = how;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  // Never a newer client that happens to be first on PATH: it may want plugins that this engine lacks.
  const docker = '/usr/bin/docker';
  const env = {
    ...process.env,
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: config,
    DOCKER_BUILDKIT: '1',
  };
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(30_000, undefined, { ref: false })]);
    if (!ended) child.kill('SIGKILL');
    await removeRunDir(runDir);
    await restoreNetworkState(before);
    rmSync(beforeFile, { force: true });
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    const version = await tryRun(docker, ['version', '--format', '{{.Server.Version}}'], {
      env,
      timeoutMs: 10_000,
    });
    if (version.code === 0) return { docker, env, version: version.stdout.trim(), own: release, stop };
    if (ended || Date.now() > deadline) {
      const how = ended ?? 'it does not answer within a minute';
      await stop();
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new NoEngine(`dockerd does not start here (${how}):\n${tail}`);
    }
    await sleep(200);
  }
}

/** Stops the engine of a killed run, which uses the same data. */
async function stopForgotten(root: string): Promise<void> {
  const pidFile = join(root, 'dockerd.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const commandLine = () => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  };
  if (!commandLine().includes(join(root, 'data'))) return rmSync(pidFile, { force: true });
  process.kill(pid, 'SIGTERM');
  for (let i = 0; i < 150 && commandLine(); i += 1) await sleep(200);
}

/** Unmounts namespaces of killed containers, because a folder with mounts cannot be removed. */
async function removeRunDir(runDir: string): Promise<void> {
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${runDir}/`));
  for (const path of mounted.reverse()) await tryRun('umount', ['--lazy', path]);
  try {
    rmSync(runDir, { recursive: true, force: true });
  } catch (error) {
    console.error(`left behind: ${runDir} (${(error as Error).message})`);
  }
}
