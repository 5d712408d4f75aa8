import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import type { PrismaClient } from './generated/prisma/client.ts';
import {
  createPool,
  databaseUnavailable,
  isSerializationFailure,
  isUniqueViolation,
  sqlStateOf,
} from './index.ts';
import { createClient, createMigratedDatabase, poolOptions } from './testing/test-server.ts';

let database: TestDatabase;
let prisma: PrismaClient;
let pool: Pool;

beforeAll(async () => {
  database = await createMigratedDatabase();
  prisma = createClient(database.databaseUrl, { statementTimeoutMs: 400 });
  pool = createPool(poolOptions(database.databaseUrl));
  await prisma.word.create({ data: { text: 'cat', list: 'animals', place: 1 } });
});
afterAll(async () => {
  await Promise.all([prisma.$disconnect(), pool.end()]);
  await database.drop();
});

const errorOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};
const insert = (text: string, list: string, place: number) =>
  `INSERT INTO words (text, list, place) VALUES ('${text}', '${list}', ${place})`;

describe('isUniqueViolation', () => {
  const ways: [string, (text: string, list: string, place: number) => Promise<unknown>][] = [
    ['a model query', (text, list, place) => prisma.word.create({ data: { text, list, place } })],
    ['a raw query', (text, list, place) => prisma.$executeRawUnsafe(insert(text, list, place))],
    ['plain pg', (text, list, place) => pool.query(insert(text, list, place))],
    [
      'a transaction',
      (text, list, place) => prisma.$transaction((tx) => tx.word.create({ data: { text, list, place } })),
    ],
  ];

  it.each(ways)('knows which constraint %s violated', async (_name, write) => {
    const sameText = await errorOf(() => write('cat', 'pets', 1));
    expect(isUniqueViolation(sameText)).toBe(true);
    expect(isUniqueViolation(sameText, 'text')).toBe(true);
    expect(isUniqueViolation(sameText, 'words_text_key')).toBe(true);
    expect(isUniqueViolation(sameText, 'list')).toBe(false);
    expect(isUniqueViolation(sameText, ['list', 'place'])).toBe(false);
    const samePlace = await errorOf(() => write('dog', 'animals', 1));
    expect(isUniqueViolation(samePlace, ['list', 'place'])).toBe(true);
    expect(isUniqueViolation(samePlace, 'words_list_place_key')).toBe(true);
    expect(isUniqueViolation(samePlace, 'text')).toBe(false);
    expect(databaseUnavailable(samePlace)).toBe(false);
  });

  it('is false for violations of other constraints', async () => {
    const error = await errorOf(() => prisma.$executeRawUnsafe('INSERT INTO words (text) VALUES (NULL)'));
    expect(isUniqueViolation(error)).toBe(false);
    expect(sqlStateOf(error)).toBe('23502');
  });
});

describe('databaseUnavailable', () => {
  const elsewhere = (url: string, work: (client: PrismaClient) => Promise<unknown>) => async () => {
    const client = createClient(url, { connectTimeoutMs: 300 });
    try {
      await work(client);
    } finally {
      await client.$disconnect();
    }
  };
  const nowhere = 'postgresql://nobody@127.0.0.1:1/none';

  it.each<[string, () => Promise<unknown>]>([
    ['no server, model query', elsewhere(nowhere, (client) => client.word.count())],
    ['no server, raw query', elsewhere(nowhere, (client) => client.$queryRawUnsafe('SELECT 1'))],
    ['no server, transaction', elsewhere(nowhere, (client) => client.$transaction((tx) => tx.word.count()))],
    ['no such host', elsewhere('postgresql://x@nowhere.invalid/x', (client) => client.word.count())],
    ['a statement over its time', () => prisma.$queryRawUnsafe('SELECT 1 FROM pg_sleep(2)')],
    [
      'a session ended by the server',
      () => prisma.$queryRawUnsafe(`SELECT pg_terminate_backend(pg_backend_pid())`),
    ],
    [
      'a transaction over its time',
      () =>
        prisma.$transaction(
          (tx) => tx.$queryRawUnsafe('SELECT 1 FROM pg_sleep(0.3)').then(() => tx.word.count()),
          { timeout: 100 },
        ),
    ],
    [
      'a read-only standby',
      () =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRawUnsafe('SET TRANSACTION READ ONLY');
          await tx.word.deleteMany();
        }),
    ],
  ])('is true for %s', async (_name, work) => {
    expect(databaseUnavailable(await errorOf(work))).toBe(true);
  });

  it('is true when a pool has no free connection', async () => {
    const client = createClient(database.databaseUrl, { poolSize: 1, connectTimeoutMs: 100 });
    const error = await errorOf(() => client.$transaction(async () => client.word.count()));
    expect(databaseUnavailable(error)).toBe(true);
    await client.$disconnect();
  });

  it('finds the reason in a chain of causes, and in an AggregateError', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(databaseUnavailable(new Error('outer', { cause: new Error('inner', { cause: refused }) }))).toBe(
      true,
    );
    expect(databaseUnavailable(new AggregateError([new Error('ipv6'), refused]))).toBe(true);
  });

  it('is false for our own mistakes and for any other error', async () => {
    expect(databaseUnavailable(await errorOf(() => prisma.$queryRawUnsafe('SELECT nonsense')))).toBe(false);
    expect(
      databaseUnavailable(await errorOf(() => prisma.word.findUniqueOrThrow({ where: { text: '-' } }))),
    ).toBe(false);
    for (const other of [new Error('x'), null, undefined, 'text', 7])
      expect(databaseUnavailable(other)).toBe(false);
  });
});

describe('isSerializationFailure', () => {
  it.each(['model', 'raw'])('is true when two transactions write the same row (%s query)', async (kind) => {
    const error = await errorOf(() =>
      prisma.$transaction(
        async (tx) => {
          await tx.word.findMany();
          await prisma.word.updateMany({ data: { level: { increment: 1 } } });
          if (kind === 'model') await tx.word.updateMany({ data: { level: 9 } });
          else await tx.$executeRawUnsafe('UPDATE words SET level = 9');
        },
        { isolationLevel: 'RepeatableRead' },
      ),
    );
    expect(isSerializationFailure(error)).toBe(true);
    expect(databaseUnavailable(error)).toBe(false);
  });
});
