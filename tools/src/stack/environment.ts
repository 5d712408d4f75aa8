import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { SetupError } from './progress.ts';

/** The environment that the user gives: `.env` in the repository, and over it the real environment. */
export function readUserEnv(repo: string): NodeJS.ProcessEnv {
  const file = join(repo, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...fromFile, ...process.env };
}

/**
 * Checks that servers which the user names do answer, before anything is started.
 * @throws SetupError naming each variable whose server does not.
 */
export async function checkNamedServers(env: NodeJS.ProcessEnv, names: string[]): Promise<void> {
  const problems = await Promise.all(
    names.map(async (name) => {
      const address = addressOf(env[name] ?? '');
      if (!address || (await answers(address))) return null;
      return `  ${name} names ${address.host}:${address.port}, where nothing answers. Start it, or unset ${name} to have one started here.`;
    }),
  );
  const lines = problems.filter((line) => line !== null);
  if (lines.length > 0)
    throw new SetupError(['These servers are named but cannot be reached:', ...lines].join('\n'));
}

const defaultPorts: Record<string, number> = {
  'postgresql:': 5432,
  'postgres:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
  'smtp:': 25,
  'https:': 443,
  'http:': 80,
};

function addressOf(value: string): { host: string; port: number } | null {
  const broker = /^([^\s,:/]+):(\d+)/.exec(value);
  if (broker) return { host: broker[1] as string, port: Number(broker[2]) };
  try {
    const url = new URL(value);
    return { host: url.hostname, port: Number(url.port || defaultPorts[url.protocol] || 0) };
  } catch {
    return null; // The services' own check of the configuration says what is wrong with it.
  }
}

function answers({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3_000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
