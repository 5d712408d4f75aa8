import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readUserEnv, unreachableServers, withoutForeignServers } from './environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'lms-env-'));
let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

it('reads .env, which the real environment overrides', () => {
  expect(readUserEnv(folder, { A: '1' })).toEqual({ A: '1' });
  writeFileSync(join(folder, '.env'), '# ours\nA=file\nB="two words"\n');
  expect(readUserEnv(folder, { A: 'real' })).toEqual({ A: 'real', B: 'two words' });
});

it('treats hosts of Docker Compose and placeholders as unset', async () => {
  const compose = readFileSync(join(import.meta.dirname, '../../../docker-compose.yml'), 'utf8');
  const ours = {
    DATABASE_URL: 'postgresql://lms_user:lms_pass@postgres:5432/lms',
    REDIS_URL: 'redis://redis:6379',
    KAFKA_BROKERS: 'kafka:9092',
    SMTP_URL: 'smtp://mail:1025',
  };
  for (const url of Object.values(ours))
    expect(compose).toContain(`\n  ${/(?:@|\/\/|^)([a-z]+):\d+/.exec(url)?.[1]}:\n`);
  const placeholder = { R2_ENDPOINT: 'https://<accountid>.r2.cloudflarestorage.com' };
  const rest = { JWT_ACCESS_SECRET: 'change_me', REDIS_URL_OF_OTHERS: 'redis://redis:6379' };
  const env = { ...ours, ...placeholder, ...rest };
  const names = ['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'R2_ENDPOINT', 'SMTP_URL'];
  expect(await withoutForeignServers(env, names)).toEqual({ env: rest, ignored: names });
});

it('keeps servers of this machine and of other machines', async () => {
  const env = {
    DATABASE_URL: 'postgresql://lms:x@localhost:5432/lms',
    REDIS_URL: 'redis://redis.example.com:6379',
    KAFKA_BROKERS: 'kafka:9092,127.0.0.1:9092',
    R2_ENDPOINT: 'nonsense',
  };
  expect(await withoutForeignServers(env, [...Object.keys(env), 'SMTP_URL'])).toEqual({ env, ignored: [] });
});

it('names every server that does not answer', async () => {
  const env = {
    DATABASE_URL: 'postgresql://lms:secret@127.0.0.1:9/lms',
    REDIS_URL: `redis://127.0.0.1:${port}`,
    KAFKA_BROKERS: '127.0.0.1:9,127.0.0.1:10',
    R2_ENDPOINT: 'http://127.0.0.1:9',
  };
  const lines = await unreachableServers(env, Object.keys(env));
  expect(lines).toEqual([
    'DATABASE_URL: nothing answers at 127.0.0.1:9; start it, or unset DATABASE_URL to have one started here',
    'KAFKA_BROKERS: nothing answers at 127.0.0.1:9, 127.0.0.1:10; start it, or unset KAFKA_BROKERS to have one started here',
    'R2_ENDPOINT: nothing answers at 127.0.0.1:9; start it, or unset R2_ENDPOINT to have one started here',
  ]);
  expect(lines.join()).not.toContain('secret');
});

it('accepts one broker of several, and leaves malformed values to the services’ schemas', async () => {
  expect(
    await unreachableServers({ KAFKA_BROKERS: `127.0.0.1:9,127.0.0.1:${port}` }, ['KAFKA_BROKERS']),
  ).toEqual([]);
  expect(await unreachableServers({ DATABASE_URL: 'nonsense' }, ['DATABASE_URL'])).toEqual([]);
});
