import type { TestDatabase } from '@lms/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, pingDatabase } from './index.ts';
import { createClient, createMigratedDatabase, poolOptions, startProxy } from './testing/test-server.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database.drop());

describe('pingDatabase', () => {
  it('answers for a pool and for a Prisma client', async () => {
    const pool = createPool(poolOptions(database.databaseUrl));
    const prisma = createClient(database.databaseUrl);
    await pingDatabase(pool, AbortSignal.timeout(10_000));
    await pingDatabase(prisma, AbortSignal.timeout(10_000));
    await Promise.all([pool.end(), prisma.$disconnect()]);
  });

  it('ends with its signal, and pings of a silent server do not use up its connections', async () => {
    const proxy = await startProxy(database.databaseUrl);
    const pool = createPool(poolOptions(proxy.databaseUrl, { poolSize: 5, statementTimeoutMs: 500 }));
    await pingDatabase(pool, AbortSignal.timeout(10_000));
    proxy.silence(true);
    for (let i = 0; i < 4; i++) {
      const stop = new AbortController();
      const ping = expect(pingDatabase(pool, stop.signal)).rejects.toThrow('database check timed out');
      stop.abort();
      await ping;
    }
    expect(pool.totalCount).toBe(1);
    proxy.silence(false);
    await expect
      .poll(
        () =>
          pingDatabase(pool, AbortSignal.timeout(500)).then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 5_000 },
      )
      .toBe('up');
    await pool.end();
    await proxy.close();
  });

  it('rejects when there is no server, or the signal is aborted already', async () => {
    const pool = createPool(poolOptions('postgresql://nobody@127.0.0.1:1/none'));
    await expect(pingDatabase(pool, AbortSignal.timeout(1_000))).rejects.toThrow('ECONNREFUSED');
    await expect(pingDatabase(pool, AbortSignal.abort())).rejects.toThrow();
    await pool.end();
  });
});
