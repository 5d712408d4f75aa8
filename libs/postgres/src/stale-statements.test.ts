import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';
import {
  createPool,
  createPrismaAdapter,
  createSql,
  databaseUnavailable,
  isSerializationFailure,
  retrySerializable,
} from './index.ts';
import { createMigratedDatabase, poolOptions } from './testing/test-server.ts';

/** Statements prepared before a migration changed the type of a column that they return. */
describe('statements that a migration has made stale', () => {
  let database: TestDatabase;
  let pool: Pool;
  let prisma: PrismaClient;
  const statement = 'SELECT * FROM words WHERE level >= $1';
  const byPool = () => pool.query({ name: 'words', text: statement, values: [0] });

  beforeEach(async () => {
    await close();
    database = await createMigratedDatabase();
    const options = poolOptions(database.databaseUrl);
    pool = createPool(options);
    prisma = new PrismaClient({ adapter: createPrismaAdapter(pool, options) });
    await prisma.word.create({ data: { text: 'cat', list: 'animals', place: 1 } });
  });
  const close = async () => {
    await prisma?.$disconnect();
    await database?.drop();
  };
  afterAll(close);

  /** Runs `work` on every connection of the pool, so that all have prepared its statement. */
  const onEveryConnection = (work: (n: number) => Promise<unknown>) => Promise.all([1, 2, 3].map(work));
  const migrate = () => database.query('ALTER TABLE postgres.words ALTER COLUMN place TYPE bigint');

  it('are prepared and sent again outside of transactions', async () => {
    const sql = createSql(pool);
    const all = () =>
      onEveryConnection(async () => {
        await sql.$queryRawUnsafe(statement, 0);
        await prisma.$queryRawUnsafe(statement, 0);
        await byPool();
        await pool
          .connect()
          .then((client) =>
            client.query({ name: 'words', text: statement, values: [0] }).finally(() => client.release()),
          );
      });
    await all();
    await migrate();
    await all();
    await expect(sql.$queryRawUnsafe(statement, 0)).resolves.toMatchObject([{ text: 'cat', place: '1' }]);
  });

  it('fail inside a transaction, which succeeds when it is repeated', async () => {
    const sql = createSql(pool);
    const bySql = () => sql.transaction((tx) => tx.$queryRawUnsafe(statement, 0));
    const byPrisma = () => prisma.$transaction((tx) => tx.$queryRawUnsafe(statement, 0));
    for (const transaction of [bySql, byPrisma]) {
      await onEveryConnection(transaction);
      await migrate();
      const error = await transaction().catch((thrown: unknown) => thrown);
      expect([isSerializationFailure(error), databaseUnavailable(error)]).toEqual([true, true]);
      // Whichever connection it gets: one failure is enough for all of them.
      await onEveryConnection(transaction);
      await database.query('ALTER TABLE postgres.words ALTER COLUMN place TYPE int');
      await onEveryConnection(() => retrySerializable(transaction));
    }
  });
});
