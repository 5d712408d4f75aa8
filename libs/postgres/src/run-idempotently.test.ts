import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { PrismaClient } from './generated/prisma/client.ts';
import { deleteExpiredIdempotencyKeys, runIdempotently } from './index.ts';
import { createClient, createMigratedDatabase } from './testing/test-server.ts';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createMigratedDatabase();
  prisma = createClient(database.databaseUrl, { poolSize: 12 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

let place = 0;
/** The work in the transaction: reports that it has begun, and continues when `until` resolves. */
interface Work {
  until?: Promise<unknown>;
  onBegun?: () => void;
  fail?: boolean;
}

/** Adds a word named `text`, as a route would, and answers with its id. */
const addWord = (
  request: { key: string | undefined; text: string; hash?: string; scope?: string },
  { until = Promise.resolve(), onBegun = () => {}, fail = false }: Work = {},
) =>
  prisma.$transaction(
    (tx) =>
      runIdempotently(
        tx,
        { scope: request.scope ?? 'user-1', key: request.key, requestHash: request.hash ?? request.text },
        async () => {
          place += 1;
          const word = await tx.word.create({
            data: { text: `${request.text}-${place}`, list: request.text, place },
          });
          onBegun();
          await until;
          if (fail) throw new Error('work failed');
          return { id: word.id, nested: { list: [1, null, 'ä'] } };
        },
      ),
    { timeout: 30_000 },
  );
const countOf = (list: string) => prisma.word.count({ where: { list } });

describe('runIdempotently', () => {
  it('answers a retry with the first answer and does the work once', async () => {
    const first = await addWord({ key: 'k1', text: 'retry' });
    await expect(addWord({ key: 'k1', text: 'retry' })).resolves.toEqual(first);
    expect(await countOf('retry')).toBe(1);
  });

  it('makes duplicates that arrive at the same time wait for the first one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => addWord({ key: 'k2', text: 'crowd' }, { until: sleep(200) })),
    );
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(await countOf('crowd')).toBe(1);
  });

  it('runs again after a failure, and lets a waiting duplicate do the work', async () => {
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const work = { until: end.promise, onBegun: begun.resolve, fail: true };
    const refused = expect(addWord({ key: 'k3', text: 'failure' }, work)).rejects.toThrow('work failed');
    await begun.promise;
    const waiting = addWord({ key: 'k3', text: 'failure' });
    end.resolve();
    await expect(waiting).resolves.toHaveProperty('id');
    await refused;
    expect(await countOf('failure')).toBe(1);
  });

  it('refuses a key that was used for another request', async () => {
    await addWord({ key: 'k4', text: 'reused' });
    await expect(addWord({ key: 'k4', text: 'reused', hash: 'another' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('keeps the keys of different callers apart', async () => {
    await addWord({ key: 'k5', text: 'scoped' });
    await addWord({ key: 'k5', text: 'scoped', scope: 'user-2' });
    expect(await countOf('scoped')).toBe(2);
  });

  it('throws request_in_progress when the first one takes longer than a duplicate may wait', async () => {
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const work = { until: end.promise, onBegun: begun.resolve };
    const first = addWord({ key: 'k6', text: 'slow' }, work);
    await begun.promise;
    await expect(addWord({ key: 'k6', text: 'slow' })).rejects.toMatchObject({
      code: 'request_in_progress',
      retryAfterSeconds: 1,
    });
    end.resolve();
    await expect(first).resolves.toHaveProperty('id');
  });

  it('runs the work directly without a key', async () => {
    await addWord({ key: undefined, text: 'keyless' });
    await addWord({ key: undefined, text: 'keyless' });
    expect(await countOf('keyless')).toBe(2);
  });

  it.each([
    { value: undefined },
    { value: null },
    { value: 0 },
    { value: '' },
    { value: [] },
    { value: { a: 1 } },
  ])('returns the answer $value unchanged to a duplicate', async ({ value }) => {
    const request = { scope: 'values', key: `${typeof value}${JSON.stringify(value)}`, requestHash: 'h' };
    const run = () => prisma.$transaction((tx) => runIdempotently(tx, request, async () => value));
    expect(await run()).toStrictEqual(value);
    expect(await run()).toStrictEqual(value);
  });
});

describe('deleteExpiredIdempotencyKeys', () => {
  it('deletes keys older than a day, in batches, and leaves the others', async () => {
    await prisma.$executeRawUnsafe(
      `INSERT INTO idempotency_keys (scope, key, request_hash, created_at)
       SELECT 'old', n::text, 'h', now() - interval '25 hours' FROM generate_series(1, 10050) n`,
    );
    const fresh = await prisma.idempotencyKey.count({ where: { scope: { not: 'old' } } });
    await expect(deleteExpiredIdempotencyKeys(prisma)).resolves.toBe(10_050);
    expect(await prisma.idempotencyKey.count()).toBe(fresh);
    expect(await prisma.$transaction((tx) => deleteExpiredIdempotencyKeys(tx, new Date()))).toBe(fresh);
  });
});
