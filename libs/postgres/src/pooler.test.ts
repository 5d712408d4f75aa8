import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';
import {
  createPool,
  createPrismaAdapter,
  createSql,
  isUniqueViolation,
  type Sql,
  sqlStateOf,
} from './index.ts';
import { createMigratedDatabase, poolOptions, startProxy } from './testing/test-server.ts';

/**
 * Connections for a transaction pooler, here on the server itself: what they send must not depend on the session. A
 * real pooler is in tools/src/pooler.
 */
describe('a pool for a transaction pooler', () => {
  let database: TestDatabase;
  let pool: Pool;
  let sql: Sql;
  let prisma: PrismaClient;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    const options = poolOptions(database.databaseUrl, {
      poolSize: 1,
      statementTimeoutMs: 7_000,
      pooler: true,
    });
    pool = createPool(options);
    sql = createSql(pool);
    prisma = new PrismaClient({ adapter: createPrismaAdapter(pool, options) });
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const names = ['idle_in_transaction_session_timeout', 'lock_timeout', 'search_path', 'statement_timeout'];
  const settings = `SELECT name, setting, reset_val AS session FROM pg_settings WHERE name = ANY($1) ORDER BY name`;
  const local = [
    { name: 'idle_in_transaction_session_timeout', setting: '30000', session: '0' },
    { name: 'lock_timeout', setting: '3000', session: '0' },
    { name: 'search_path', setting: 'postgres', session: '"$user", public' },
    { name: 'statement_timeout', setting: '7000', session: '0' },
  ];
  const word = (text: string) => ({ text, list: 'animals', place: text.length });

  it('sets the search path and every limit for one transaction, never for the session', async () => {
    await expect(sql.$queryRawUnsafe(settings, names)).resolves.toEqual(local);
    await expect(prisma.$queryRawUnsafe(settings, names)).resolves.toEqual(local);
    await expect(sql.transaction((tx) => tx.$queryRawUnsafe(settings, names))).resolves.toEqual(local);
    await expect(prisma.$transaction((tx) => tx.$queryRawUnsafe(settings, names))).resolves.toEqual(local);
    const snapshot = sql.transaction((tx) => tx.$queryRawUnsafe(settings, names), { mode: 'snapshot' });
    await expect(snapshot).resolves.toEqual(local);
  });

  it('prepares nothing under a name', async () => {
    await prisma.word.count();
    await sql.transaction((tx) => tx.$queryRawUnsafe('SELECT $1::int', 1));
    await expect(sql.$queryRawUnsafe('SELECT name FROM pg_prepared_statements')).resolves.toEqual([]);
  });

  it('sends a statement of its own in one round trip', async () => {
    const proxy = await startProxy(database.databaseUrl);
    const proxied = createPool(poolOptions(proxy.databaseUrl, { poolSize: 1, pooler: true }));
    await proxied.query('SELECT 1');
    const before = proxy.roundTrips();
    const { rows } = await proxied.query('SELECT count(*)::int AS number FROM words WHERE list = $1', [
      'none',
    ]);
    expect(rows).toEqual([{ number: 0 }]);
    expect(proxy.roundTrips() - before).toBe(1);
    await proxied.end();
    await proxy.close();
  });

  it('commits and rolls back, with both clients', async () => {
    await prisma.$transaction(async (tx) => {
      await tx.word.create({ data: word('cat') });
      await tx.word.update({ where: { text: 'cat' }, data: { level: 2 } });
    });
    await sql.transaction((tx) => tx.$executeRawUnsafe('UPDATE words SET level = level + 1'));
    const undone = prisma.$transaction(async (tx) => {
      await tx.word.create({ data: word('horse') });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    await expect(prisma.word.findMany({ select: { text: true, level: true } })).resolves.toEqual([
      { text: 'cat', level: 3 },
    ]);
  });

  it('reports an error where it happened, and the connection is free of it', async () => {
    await expect(sql.$queryRawUnsafe('SELECT 1 / 0').catch(sqlStateOf)).resolves.toBe('22012');
    const duplicate = prisma.word.create({ data: { ...word('cat'), place: 9 } });
    await expect(duplicate.catch((error) => isUniqueViolation(error, 'text'))).resolves.toBe(true);
    const ignored = sql.transaction((tx) => tx.$executeRawUnsafe('SELECT 1 / 0').catch(() => 0));
    await expect(ignored).rejects.toThrow('rolled back because a statement had failed');
    const insideByPrisma = prisma.$transaction(async (tx) => {
      await tx.word.create({ data: { ...word('cat'), place: 9 } });
    });
    await expect(insideByPrisma.catch((error) => isUniqueViolation(error, 'text'))).resolves.toBe(true);
    await expect(prisma.word.count()).resolves.toBe(1);
  });

  it('reports an error that appears only at the commit', async () => {
    await database.query(
      `ALTER TABLE postgres.words ADD CONSTRAINT later UNIQUE (level, place) DEFERRABLE INITIALLY DEFERRED`,
    );
    const insert = `INSERT INTO words (text, list, place, level) VALUES ('owl', 'birds', 3, 3)`;
    await expect(sql.$executeRawUnsafe(insert).catch(sqlStateOf)).resolves.toBe('23505');
    await expect(prisma.word.count()).resolves.toBe(1);
  });

  it('ends a statement at its limit', async () => {
    const hasty = createPool(poolOptions(database.databaseUrl, { statementTimeoutMs: 200, pooler: true }));
    const { $queryRawUnsafe: query, transaction } = createSql(hasty);
    await expect(query('SELECT pg_sleep(60)').catch(sqlStateOf)).resolves.toBe('57014');
    const slow = transaction((tx) => tx.$queryRawUnsafe('SELECT pg_sleep(60)'));
    await expect(slow.catch(sqlStateOf)).resolves.toBe('57014');
    await hasty.end();
  });

  it('keeps to the isolation level and the savepoints of a transaction', async () => {
    const level = await prisma.$transaction((tx) => tx.$queryRawUnsafe('SHOW transaction_isolation'), {
      isolationLevel: 'Serializable',
    });
    expect(level).toEqual([{ transaction_isolation: 'serializable' }]);
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SAVEPOINT here');
    await expect(client.query('SELECT 1 / 0').catch(sqlStateOf)).resolves.toBe('22012');
    await client.query('ROLLBACK TO SAVEPOINT here');
    const { rows } = await client.query('SELECT current_setting($1) AS path', ['search_path']);
    expect(rows).toEqual([{ path: 'postgres' }]);
    await client.query('COMMIT');
    client.release();
  });

  it('keeps statements that are sent at once apart from each other', async () => {
    const client = await pool.connect();
    const sent = [
      client.query('SELECT 1 AS n'),
      client.query('SELECT 1 / 0').catch(sqlStateOf),
      client.query('BEGIN'),
      client.query('SELECT 2 AS n'),
      client.query('COMMIT'),
      client.query('SELECT 3 AS n'),
    ];
    const results = (await Promise.all(sent)).map((result) =>
      typeof result === 'string' ? result : (result?.rows[0]?.n ?? result?.command),
    );
    expect(results).toEqual([1, '22012', 'BEGIN', 2, 'COMMIT', 3]);
    client.release();
  });

  it('refuses what needs a session', async () => {
    await expect(pool.query('LISTEN words')).rejects.toThrow(
      'LISTEN does not work through a transaction pooler',
    );
    await expect(prisma.word.count()).resolves.toBe(1);
  });
});
