import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, findProgram } from './downloads.ts';
import type { PartContext, StackPart } from './part.ts';
import { waitForPort } from './ports.ts';
import { endedEarly, startProcess, stopProcess } from './processes.ts';
import { SetupError } from './progress.ts';

const run = promisify(execFile);

/** A Redis server with its data in `<home>/data/redis`. */
export async function createRedisServer(
  context: PartContext,
  options: { port: number; durable: boolean },
): Promise<StackPart> {
  const { command, env } = await findRedis();
  const data = join(context.dataDir, 'redis');
  mkdirSync(data, { recursive: true });
  const logFile = join(context.logDir, 'redis.log');
  const part: StackPart = {
    name: 'redis',
    async start() {
      const child = startProcess({
        name: 'redis',
        command,
        args: [
          ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', data, '--daemonize', 'no'],
          ...(options.durable ? ['--appendonly', 'yes', '--save', ''] : ['--appendonly', 'no', '--save', '']),
        ],
        cwd: data,
        env: { ...process.env, ...env },
        logFile,
      });
      context.started(child);
      part.process = child;
      await Promise.race([waitForPort(options.port, 20_000), endedEarly(child, logFile)]);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 10_000);
    },
  };
  return part;
}

/**
 * The user's redis-server, or Debian's, unpacked into the cache without installing it.
 * @throws SetupError with what to install.
 */
async function findRedis(): Promise<{ command: string; env: NodeJS.ProcessEnv }> {
  const installed = findProgram('redis-server') ?? findProgram('valkey-server');
  if (installed) return { command: installed, env: {} };
  const advice =
    process.platform === 'darwin'
      ? 'Redis is missing: brew install redis (or name a running one in REDIS_URL).'
      : 'Redis is missing: install the package redis-server or redis (or name a running one in REDIS_URL).';
  if (!findProgram('apt-get') || !findProgram('dpkg-deb')) throw new SetupError(advice);
  try {
    const root = await unpackFromDebian();
    const lib = readdirSync(join(root, 'usr/lib')).map((name) => join(root, 'usr/lib', name));
    return {
      command: join(root, 'usr/bin/redis-server'),
      env: { LD_LIBRARY_PATH: [...lib, join(root, 'usr/lib')].join(':') },
    };
  } catch (cause) {
    throw new SetupError(advice, { cause });
  }
}

async function unpackFromDebian(): Promise<string> {
  const target = join(cacheDir(), 'redis');
  if (existsSync(join(target, 'usr/bin/redis-server'))) return target;
  const wanted = () => {
    const plan = spawnSync('apt-get', ['-s', '--no-install-recommends', 'install', 'redis-server'], {
      encoding: 'utf8',
    });
    return [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  };
  let packages = wanted();
  if (packages.length === 0 && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-qq'], { timeout: 120_000 });
    packages = wanted();
  }
  if (packages.length === 0) throw new Error('apt knows no redis-server');
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  await run('apt-get', ['-qq', 'download', ...packages], { cwd: partial, timeout: 120_000 });
  for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', join(partial, file), partial]);
    rmSync(join(partial, file));
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
  return target;
}
