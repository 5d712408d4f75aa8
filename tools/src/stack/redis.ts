import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundProgram, findOrUnpack } from './debian-program.ts';
import type { PartContext, StackPart } from './part.ts';
import { createServerPart } from './server-part.ts';

/** A Redis server with its data in `<home>/data/redis`. */
export async function createRedisServer(
  context: PartContext,
  options: { port: number; durable: boolean },
): Promise<StackPart> {
  const { command, env } = await findRedis();
  const data = join(context.dataDir, 'redis');
  mkdirSync(data, { recursive: true });
  return createServerPart(context, {
    ...{ name: 'redis', command, env, cwd: data, port: options.port },
    args: [
      ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', data, '--daemonize', 'no'],
      ...(options.durable ? ['--appendonly', 'yes', '--save', ''] : ['--appendonly', 'no', '--save', '']),
    ],
  });
}

/**
 * The user's redis-server, or Debian's.
 * @throws SetupError with what to install.
 */
function findRedis(): Promise<FoundProgram> {
  return findOrUnpack({
    names: ['redis-server', 'valkey-server'],
    debianPackage: 'redis-server',
    file: 'usr/bin/redis-server',
    advice:
      process.platform === 'darwin'
        ? 'Redis is missing: brew install redis (or name a running one in REDIS_URL).'
        : 'Redis is missing: install the package redis-server or redis (or name a running one in REDIS_URL).',
  });
}
