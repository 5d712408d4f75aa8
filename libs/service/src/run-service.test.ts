import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, stackEnv, type TestDatabase } from '@lms/testing';
import { startSample, stopSamples } from './testing/sample-process.ts';

const topicPrefix = `notes-${process.pid}-${Date.now() % 1e6}.`;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('notes');
});
afterAll(() => database?.drop());
afterEach(() => stopSamples());

const start = (args: string[], env: Record<string, string> = {}) =>
  startSample(args, {
    ...{ DATABASE_URL: database.databaseUrl, REDIS_URL: stackEnv().redisUrl },
    ...{ KAFKA_BROKERS: stackEnv().kafkaBrokers, KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_PARTITIONS: '1' },
    ...{ AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks.json', ...env },
  });

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
    const pooled = start(['check-config'], {
      DATABASE_URL: 'postgresql://u:p@pooler:6432/lms?pgbouncer=true',
    });
    expect(await pooled.exited).toBe(1);
    expect(pooled.output()).toContain('DATABASE_DIRECT_URL: is required');
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
