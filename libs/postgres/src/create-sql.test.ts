import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import { createPool, createSql, databaseUnavailable, type Sql, sqlStateOf } from './index.ts';
import { createMigratedDatabase, killConnections, poolOptions } from './testing/test-server.ts';

let database: TestDatabase;
let pool: Pool;
let sql: Sql;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(poolOptions(database.databaseUrl, { poolSize: 1 }));
  sql = createSql(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const insert = 'INSERT INTO words (text, list, place) VALUES ($1, $2, $3)';
const texts = async () =>
  (await sql.$queryRawUnsafe<{ text: string }[]>('SELECT text FROM words ORDER BY text')).map(
    ({ text }) => text,
  );

describe('createSql', () => {
  it('prepares a statement once per connection, also inside transactions', async () => {
    const statement = 'SELECT $1::int + 1 AS next';
    await expect(sql.$queryRawUnsafe(statement, 1)).resolves.toEqual([{ next: 2 }]);
    await sql.transaction((tx) => tx.$queryRawUnsafe(statement, 2));
    const prepared = await sql.$queryRawUnsafe<{ calls: number }[]>(
      `SELECT (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE statement = $1`,
      statement,
    );
    expect(prepared).toEqual([{ calls: 2 }]);
  });

  it('returns days as text, moments as dates and JSON parsed', async () => {
    const [row] = await sql.$queryRawUnsafe<object[]>(
      `SELECT '2026-01-05'::date AS day, '2026-01-05T10:00:00+07:00'::timestamptz AS at, '{"a": [1]}'::jsonb AS json`,
    );
    expect(row).toEqual({ day: '2026-01-05', at: new Date('2026-01-05T03:00:00Z'), json: { a: [1] } });
  });

  it('commits a transaction whose work resolves, and returns its result', async () => {
    const result = await sql.transaction(async (tx) => {
      await tx.$executeRawUnsafe(insert, 'one', 'numbers', 1);
      return tx.$executeRawUnsafe(insert, 'two', 'numbers', 2);
    });
    expect(result).toBe(1);
    await expect(texts()).resolves.toEqual(['one', 'two']);
  });

  it('rolls back when the work throws, and the connection can be used again', async () => {
    const failed = sql.transaction(async (tx) => {
      await tx.$executeRawUnsafe(insert, 'three', 'numbers', 3);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    await expect(texts()).resolves.toEqual(['one', 'two']);
  });

  it('reports a failed statement even if the work ignores it', async () => {
    const failed = sql.transaction(async (tx) => {
      await tx.$executeRawUnsafe('SELECT 1 / 0').catch((error) => expect(sqlStateOf(error)).toBe('22012'));
    });
    await expect(failed).rejects.toThrow('rolled back because a statement had failed');
    await expect(texts()).resolves.toEqual(['one', 'two']);
  });

  it('shows one moment in a snapshot, which cannot write', async () => {
    const counts = await sql.transaction(
      async (tx) => {
        const count = () => tx.$queryRawUnsafe('SELECT count(*)::int AS words FROM words');
        const before = await count();
        await database.query(`INSERT INTO postgres.words (text, list, place) VALUES ('four', 'numbers', 4)`);
        return [before, await count()];
      },
      { mode: 'snapshot' },
    );
    expect(counts).toEqual([[{ words: 2 }], [{ words: 2 }]]);
    const written = sql.transaction((tx) => tx.$executeRawUnsafe(insert, 'five', 'numbers', 5), {
      mode: 'snapshot',
    });
    await expect(written.catch(sqlStateOf)).resolves.toBe('25006');
  });

  it('replaces a connection that breaks inside a transaction', async () => {
    const broken = sql.transaction(async (tx) => {
      await tx.$executeRawUnsafe(insert, 'six', 'numbers', 6);
      await killConnections(database);
      await tx.$queryRawUnsafe('SELECT 1');
    });
    await expect(broken.catch(databaseUnavailable)).resolves.toBe(true);
    await expect(texts()).resolves.toEqual(['four', 'one', 'two']);
  });
});
