import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventuallyPasses, stackEnv, type TestDatabase } from '@lms/testing';

const script = join(import.meta.dirname, 'testing/sample-main.ts');
const topicPrefix = `notes-${process.pid}-${Date.now() % 1e6}.`;
const running: ChildProcess[] = [];
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('notes');
});
afterAll(() => database?.drop());
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      ...{ PORT: '0', METRICS_PORT: '0', DATABASE_URL: database.databaseUrl, REDIS_URL: stackEnv().redisUrl },
      ...{ KAFKA_BROKERS: stackEnv().kafkaBrokers, KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_PARTITIONS: '1' },
      ...{ AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks.json', ...env },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const logged = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string; port?: number });
  return {
    child,
    logged,
    output: () => output,
    exited: once(child, 'close').then(([code]) => code as number | null),
    /** URL of the public port, once the process listens. */
    async url(): Promise<string> {
      const line = () => logged().find(({ msg }) => msg === 'listening');
      await eventuallyPasses(
        'the service logs that it listens',
        async () => expect(await line()).toBeDefined(),
        {
          timeoutMs: 30_000,
        },
      );
      return `http://127.0.0.1:${line()?.port}`;
    },
  };
}

const statusOf = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).status;

describe('runService', () => {
  it("offers the modes of every service, migrate, and the service's own commands", async () => {
    const sample = start(['dance']);
    expect(await sample.exited).toBe(2);
    expect(sample.output()).toContain('all, api, worker, check-config, migrate, count');
  });

  it('checks the variables of the service and their combinations', async () => {
    expect(await start(['check-config']).exited).toBe(0);
    const taken = start(['check-config'], { NOTES_GREETING: 'taken' });
    expect(await taken.exited).toBe(1);
    expect(taken.output()).toContain('NOTES_GREETING: is taken');
  });

  it('is ready as soon as migrate has run', async () => {
    const sample = start(['api']);
    const url = await sample.url();
    expect(await statusOf(`${url}/readyz`)).toBe(503);
    const migration = start(['migrate']);
    expect([await migration.exited, migration.output()]).toEqual([0, expect.stringContaining('applied')]);
    expect(await statusOf(`${url}/readyz`)).toBe(200);
    expect(await statusOf(`${url}/api/v1/greeting`)).toBe(200);
    const status = start(['migrate', 'status']);
    expect([await status.exited, status.output()]).toEqual([0, expect.stringContaining('notes: up to date')]);
  });

  it('runs a command with its dependencies and closes them', async () => {
    const count = start(['count', 'all']);
    expect(await count.exited).toBe(0);
    const told = count.logged().filter(({ msg }) => /notes counted|own dependencies closed/.test(msg));
    expect(told).toMatchObject([
      { msg: 'notes counted', notes: 0, args: ['all'] },
      { msg: 'own dependencies closed' },
    ]);
  });

  it('on SIGTERM stops its background work, closes its dependencies last, and exits 0', async () => {
    const sample = start([]);
    await sample.url();
    sample.child.kill('SIGTERM');
    expect(await sample.exited).toBe(0);
    const told = sample.logged().map(({ msg }) => msg);
    const order = ['listening', 'draining', 'own dependencies closed', 'stopped'];
    expect(told.filter((message) => order.includes(message))).toEqual(order);
  });
});
