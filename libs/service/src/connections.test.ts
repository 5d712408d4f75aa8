import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { appendEvent } from '@lms/events';
import { eventuallyPasses } from '@lms/testing';
import { startHarness } from '@lms/testing/harness';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { startSample, stopSamples } from './testing/sample-process.ts';
import { notes } from './testing/sample-service.ts';

/** Connections that a process opens under load, as PostgreSQL counts them. */
describe('connections to PostgreSQL', () => {
  let harness: Awaited<ReturnType<typeof start>>;
  const start = () => startHarness(notes, { env: { KAFKA_PARTITIONS: '4' } });
  let observer: pg.Client;
  let since: string;

  beforeAll(async () => {
    harness = await start();
    await harness.ensureTopics();
    observer = new pg.Client(harness.database.databaseUrl);
    await observer.connect();
  });
  /** Only connections opened from now on are counted. */
  const markStart = async () => {
    since = (await observer.query('SELECT clock_timestamp()::text AS now')).rows[0].now;
  };
  afterEach(() => stopSamples());
  afterAll(async () => {
    await observer?.end();
    await harness?.stop();
  });

  /** Connections opened by the processes of this test, by name. */
  async function connections(): Promise<Record<string, number>> {
    const { rows } = await observer.query<{ name: string; number: number }>(
      `SELECT application_name AS name, count(*)::int AS number FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend' AND backend_start > $1 GROUP BY name`,
      [since],
    );
    return Object.fromEntries(rows.map(({ name, number }) => [name, number]));
  }

  /** The highest number of connections at any time while `work` runs, with those that were open then. */
  async function peakDuring(work: Promise<unknown>): Promise<Record<string, number>> {
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
    let peak = {};
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    while (!done) {
      const now = await connections();
      if (sum(now) > sum(peak)) peak = now;
    }
    await finished;
    return peak;
  }

  it('are at most 4 in an api, none of them a relay', async () => {
    await markStart();
    const url = await startSample(['api'], harness.environment).url();
    const users = await Promise.all(Array.from({ length: 10 }, () => harness.user()));
    const write = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await fetch(`${url}/api/v1/notes`, { method: 'POST', headers });
      expect(status).toBe(201);
    };
    const load = async () => {
      for (let round = 0; round < 10; round += 1)
        await Promise.all([...users, ...users].map(({ token }) => write(token)));
    };
    expect(await peakDuring(load())).toEqual({ 'lms-notes': 4 });
  });

  const events = 400;
  /** Starts a worker that finds many events, each of which becomes a job, and waits until it has done all. */
  async function peakOfWorker(env: Record<string, string>): Promise<Record<string, number>> {
    const before = await handled();
    await harness.deps.sql.transaction(async (tx) => {
      for (let n = 0; n < events; n += 1) {
        const data = { userId: uuidv7(), erasureId: uuidv7(), deletedAt: new Date().toISOString() };
        await appendEvent(tx, { type: 'user.deleted', data });
      }
    });
    await markStart();
    const worker = startSample(['worker'], { ...harness.environment, ...env });
    const peak = await peakDuring(
      eventuallyPasses(
        'every event is handled and every job is done',
        async () => expect([await handled(), await waiting()]).toEqual([before + events, 0]),
        { timeoutMs: 60_000 },
      ),
    );
    const troubles = worker.logged().filter(({ level }) => ['warn', 'error', 'fatal'].includes(level));
    expect(troubles.filter(({ msg }) => !msg.startsWith('weak values'))).toEqual([]);
    return peak;
  }
  const numberOf = async (sql: string) => (await observer.query<{ n: number }>(sql)).rows[0]?.n;
  const handled = async () => (await numberOf('SELECT count(*)::int AS n FROM notes.inbox')) ?? 0;
  const waiting = () =>
    numberOf(
      `SELECT ((SELECT count(*) FROM notes.outbox) + (SELECT count(*) FROM notes_jobs._private_jobs))::int AS n`,
    );

  it('are at most 7 in a worker: the pool, the listening job runner and the relay', async () => {
    const { 'lms-notes': pool = 0, ...others } = await peakOfWorker({});
    expect(others).toEqual({ 'lms-relay-notes': 1 });
    expect(pool).toBeGreaterThan(1);
    expect(pool).toBeLessThanOrEqual(6);
  });

  it('are at most 8 in a worker that has a direct URL beside a pooler', async () => {
    const direct = { DATABASE_DIRECT_URL: harness.database.databaseUrl };
    const { 'lms-notes': pools = 0, ...others } = await peakOfWorker(direct);
    expect(others).toEqual({ 'lms-relay-notes': 1 });
    expect(pools).toBeGreaterThan(1);
    expect(pools).toBeLessThanOrEqual(7);
  });

  it('may be as few as one beside those: no work holds a connection while it waits for another', async () => {
    expect(await peakOfWorker({ DATABASE_POOL_SIZE: '1' })).toEqual({ 'lms-notes': 2, 'lms-relay-notes': 1 });
  });
});
