import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import { eventuallyPasses } from '@lms/testing';
import type { Pool } from 'pg';
import { createPool, databaseUnavailable } from './index.ts';
import {
  createMigratedDatabase,
  killConnections,
  poolOptions,
  recordingLog,
  startProxy,
} from './testing/test-server.ts';

let database: TestDatabase;
const pools: Pool[] = [];
const poolOf = (...args: Parameters<typeof poolOptions>) => {
  const pool = createPool(poolOptions(...args));
  pools.push(pool);
  return pool;
};

beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(() => database.drop());

describe('createPool', () => {
  it('limits every wait on the server, and sets the schema of the service', async () => {
    const pool = poolOf(database.databaseUrl, { statementTimeoutMs: 7_000 });
    const { rows } = await pool.query(
      `SELECT name, setting FROM pg_settings WHERE name IN
       ('search_path', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name')`,
    );
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      search_path: '"postgres"',
      statement_timeout: '7000',
      lock_timeout: '3000',
      idle_in_transaction_session_timeout: '30000',
      application_name: 'lms-test',
    });
  });

  it('keeps the options of the URL in addition to its own, and ignores ?schema=', async () => {
    const url = new URL(database.databaseUrl);
    url.searchParams.set('options', '-c work_mem=9MB');
    url.searchParams.set('schema', 'elsewhere');
    const { rows } = await poolOf(url.href).query(
      `SELECT current_setting('work_mem') AS memory, current_setting('search_path') AS path`,
    );
    expect(rows[0]).toEqual({ memory: '9MB', path: '"postgres"' });
  });

  it('logs and replaces connections that the server ends while they are idle', async () => {
    const log = recordingLog();
    const pool = poolOf(database.databaseUrl, { log });
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT pg_sleep(0.05)')));
    expect(pool.idleCount).toBe(3);
    await killConnections(database);
    await eventuallyPasses('three lines in the log', () => expect(log.lines.length).toBe(3));
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  it('survives the end of a connection between two queries of its user', async () => {
    const pool = poolOf(database.databaseUrl);
    const client = await pool.connect();
    await killConnections(database);
    await sleep(50);
    await expect(client.query('SELECT 1').catch(databaseUnavailable)).resolves.toBe(true);
    client.release();
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  it('stops waiting for a connection after connectTimeoutMs', async () => {
    const pool = poolOf(database.databaseUrl, { poolSize: 1, connectTimeoutMs: 200 });
    const client = await pool.connect();
    await expect(pool.query('SELECT 1').catch(databaseUnavailable)).resolves.toBe(true);
    client.release();
  });

  it('never hands out a connection on which the server fell silent', async () => {
    const proxy = await startProxy(database.databaseUrl);
    const pool = poolOf(proxy.databaseUrl, { poolSize: 1, statementTimeoutMs: 100 });
    const client = await pool.connect();
    proxy.silence(true);
    await expect(client.query('SELECT 1').catch(databaseUnavailable)).resolves.toBe(true);
    await eventuallyPasses('every connection closed', async () =>
      expect(await proxy.openConnections()).toBe(0),
    );
    // As Prisma's adapter does at the end of a transaction: without reporting an error.
    client.release();
    proxy.silence(false);
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
    await proxy.close();
  });

  it('refuses a schema name that is not plain', () => {
    expect(() => poolOf(database.databaseUrl, { schema: 'a; -c work_mem=1' })).toThrow(/not a schema name/);
  });
});
