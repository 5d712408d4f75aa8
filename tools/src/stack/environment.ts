import { lookup } from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { acceptsConnections } from './ports.ts';

/** The user's environment: `.env` in the repository, overridden by the real environment. */
export function readUserEnv(repo: string, realEnv: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const file = join(repo, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...fromFile, ...realEnv };
}

/** Host names inside Docker Compose, which the machine itself usually cannot resolve. */
const composeHosts = new Set(['postgres', 'redis', 'kafka', 's3', 'mail']);

/**
 * Removes the servers in `names` that cannot be reached from this machine: unknown hosts of Docker Compose, and
 * placeholders (`<accountid>`). So a `.env` written for Compose, or copied from an example, works here too.
 * @returns The rest of the environment, and the removed names.
 */
export async function withoutForeignServers(
  env: NodeJS.ProcessEnv,
  names: string[],
): Promise<{ env: NodeJS.ProcessEnv; ignored: string[] }> {
  const foreign = await Promise.all(
    names.map(async (name) => {
      const value = env[name] ?? '';
      if (/<[^<>]*>/.test(value)) return true;
      const hosts = addressesOf(value).map(({ host }) => host);
      if (hosts.length === 0 || !hosts.every((host) => composeHosts.has(host))) return false;
      const known = await Promise.all(
        hosts.map((host) =>
          lookup(host).then(
            () => true,
            () => false,
          ),
        ),
      );
      return !known.includes(true);
    }),
  );
  const ignored = names.filter((_, index) => foreign[index]);
  const rest = Object.entries(env).filter(([name]) => !ignored.includes(name));
  return { env: Object.fromEntries(rest), ignored };
}

/** One line for each variable of `names` whose server does not accept connections. */
export async function unreachableServers(env: NodeJS.ProcessEnv, names: string[]): Promise<string[]> {
  const lines = await Promise.all(
    names.map(async (name) => {
      const addresses = addressesOf(env[name] ?? '');
      const answers = await Promise.all(
        addresses.map((address) => acceptsConnections({ ...address, timeoutMs: 3_000 })),
      );
      if (addresses.length === 0 || answers.includes(true)) return null;
      const where = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
      return `${name}: nothing answers at ${where}; start it, or unset ${name} to have one started here`;
    }),
  );
  return lines.filter((line) => line !== null);
}

const defaultPorts: Record<string, number> = {
  'postgresql:': 5432,
  'postgres:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
  'smtp:': 25,
  'smtps:': 465,
  'https:': 443,
  'http:': 80,
};

/** Addresses in a URL or in a list of brokers; none if the value is malformed, which the services' schemas report. */
function addressesOf(value: string): { host: string; port: number }[] {
  if (/^[^\s,:/]+:\d+(,[^\s,:/]+:\d+)*$/.test(value)) {
    return value.split(',').map((broker) => {
      const [host = '', port] = broker.split(':');
      return { host, port: Number(port) };
    });
  }
  if (!URL.canParse(value)) return [];
  const url = new URL(value);
  const port = Number(url.port || defaultPorts[url.protocol]);
  return url.hostname && port ? [{ host: url.hostname.replace(/^\[|\]$/g, ''), port }] : [];
}
