import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import { createTestDatabase, eventuallyPasses, startTcpProxy, type TestDatabase } from '@lms/testing';
import pg from 'pg';
import { createJobRunner, enqueueJob, type JobHandler, migrateJobs, type NewJob } from './jobs.ts';

const log = createLogger({ service: 'test', level: 'silent' });
let database: TestDatabase;
let pool: pg.Pool;
const runners: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  database = await createTestDatabase('jobs');
  pool = openPool(database.databaseUrl);
  await migrateJobs({ pool, service: 'sample', log });
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
  await pool.end();
  await database.drop();
});

function openPool(connectionString: string): pg.Pool {
  const opened = new pg.Pool({ connectionString, max: 8, connectionTimeoutMillis: 3_000 });
  opened.on('error', () => undefined);
  opened.on('connect', (client) => void client.on('error', () => undefined));
  return opened;
}

async function startRunner(handlers: Record<string, JobHandler<never>>, metrics?: Metrics): Promise<void> {
  const runner = createJobRunner({
    pool,
    service: 'sample',
    handlers,
    log,
    metrics: metrics ?? createMetrics({ service: 'sample', nodeMetrics: false }),
  });
  runners.push(runner);
  await runner.start();
}

/** Enqueues in a transaction that commits, or does not. */
async function enqueue(job: NewJob, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<void> {
  const client = await pool.connect();
  const tx = {
    $executeRawUnsafe: async (sql: string, ...values: unknown[]) =>
      (await client.query(sql, values)).rowCount ?? 0,
  };
  try {
    await client.query('BEGIN');
    await enqueueJob(tx, 'sample', job);
    await client.query(end);
  } finally {
    client.release();
  }
}

async function until(what: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`not true within ${timeoutMs / 1000} s: ${what}`);
    await sleep(20);
  }
}

describe('jobs', () => {
  it('run when their transaction commits, and never when it does not', async () => {
    const seen: string[] = [];
    await startRunner({ greet: async ({ name }: { name: string }) => void seen.push(name) });
    await enqueue({ name: 'greet', payload: { name: 'rolled back' } }, 'ROLLBACK');
    await enqueue({ name: 'greet', payload: { name: 'Lan' } });
    await until(() => seen.length > 0);
    await sleep(300);
    expect(seen).toEqual(['Lan']);
  });

  it('run once when several processes poll', async () => {
    const seen: number[] = [];
    const handlers = { count: async ({ n }: { n: number }) => void seen.push(n) };
    await startRunner(handlers);
    await startRunner(handlers);
    for (let n = 0; n < 40; n += 1) await enqueue({ name: 'count', payload: { n } });
    await until(() => seen.length >= 40);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('are retried later, and know when it is their last attempt', async () => {
    const attempts: [number, boolean][] = [];
    const metrics = createMetrics({ service: 'sample', nodeMetrics: false });
    const handler: JobHandler<never> = async (_payload, { attempt, isLastAttempt }) => {
      attempts.push([attempt, isLastAttempt]);
      throw new Error('lan@example.com is not known');
    };
    await startRunner({ doomed: handler }, metrics);
    await enqueue({ name: 'doomed', payload: {}, maxAttempts: 2 });
    await until(() => attempts.length === 2, 15_000);
    expect(attempts).toEqual([
      [1, false],
      [2, true],
    ]);
    await eventuallyPasses('the job is counted as given up', async () =>
      expect(await metrics.registry.metrics()).toContain(
        'jobs_given_up_total{job="doomed",service="sample"} 1',
      ),
    );
    const rows = await database.query<{ text: string }>(
      `SELECT coalesce(last_error, '') AS text FROM sample_jobs._private_jobs`,
    );
    expect(rows.map(({ text }) => text).join()).not.toContain('lan@example.com');
  });

  it('with the same key replace each other while they wait', async () => {
    const seen: number[] = [];
    const runAt = new Date(Date.now() + 600);
    for (const n of [1, 2, 3]) await enqueue({ name: 'count', payload: { n }, jobKey: 'only-one', runAt });
    await startRunner({ count: async ({ n }: { n: number }) => void seen.push(n) });
    await until(() => seen.length > 0);
    await sleep(300);
    expect(seen).toEqual([3]);
  });

  it('that are running finish before the runner stops', async () => {
    let state = 'waiting';
    await startRunner({
      slow: async () => {
        state = 'begun';
        await sleep(700);
        state = 'done';
      },
    });
    await enqueue({ name: 'slow', payload: {} });
    await until(() => state === 'begun');
    await runners.pop()?.stop();
    expect(state).toBe('done');
  });

  it('continue after the database was down, even at the start', async () => {
    const url = new URL(database.databaseUrl);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    const direct = pool;
    url.port = String(proxy.port);
    pool = openPool(url.href);
    const seen: number[] = [];
    proxy.cut();
    await startRunner({ count: async ({ n }: { n: number }) => void seen.push(n) });
    proxy.mend();
    await enqueueAgain({ name: 'count', payload: { n: 0 } });
    await until(() => seen.includes(0), 25_000);
    await runners.pop()?.stop();

    await startRunner({ count: async ({ n }: { n: number }) => void seen.push(n) });
    // Cut while it was starting: a runner of the library alone never recovers from this.
    proxy.cut();
    proxy.mend();
    await enqueueAgain({ name: 'count', payload: { n: 1 } });
    await until(() => seen.includes(1), 25_000);

    proxy.cut();
    await sleep(7_000);
    proxy.mend();
    await enqueueAgain({ name: 'count', payload: { n: 2 } });
    await until(() => seen.includes(2), 25_000);
    await runners.pop()?.stop();
    await pool.end();
    pool = direct;
    await proxy.close();
  }, 90_000);
});

/** The pool may still hand out connections that were cut. */
async function enqueueAgain(job: NewJob): Promise<void> {
  for (let i = 0; ; i += 1) {
    try {
      return await enqueue(job);
    } catch (error) {
      if (i === 20) throw error;
      await sleep(100);
    }
  }
}
