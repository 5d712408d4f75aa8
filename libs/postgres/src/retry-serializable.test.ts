import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import type { PrismaClient } from './generated/prisma/client.ts';
import { retrySerializable } from './index.ts';
import { createClient, createMigratedDatabase } from './testing/test-server.ts';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createMigratedDatabase();
  prisma = createClient(database.databaseUrl, { poolSize: 5 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

describe('retrySerializable', () => {
  it('loses no increment when transactions read and write concurrently', async () => {
    await prisma.word.create({ data: { text: 'cat', list: 'animals', place: 1 } });
    let attempts = 0;
    const increment = () =>
      retrySerializable(
        () => {
          attempts += 1;
          return prisma.$transaction(
            async (tx) => {
              const { level } = await tx.word.findUniqueOrThrow({ where: { text: 'cat' } });
              await tx.word.update({ where: { text: 'cat' }, data: { level: level + 1 } });
            },
            { isolationLevel: 'Serializable' },
          );
        },
        { attempts: 20 },
      );
    await Promise.all([1, 2, 3, 4, 5].map(increment));
    await expect(prisma.word.findFirst()).resolves.toMatchObject({ level: 5 });
    expect(attempts).toBeGreaterThan(5);
  });

  it('throws the last failure after its attempts, and any other error at once', async () => {
    const conflict = Object.assign(new Error('conflict'), { code: '40001' });
    const seen: number[] = [];
    const always = retrySerializable(
      async (attempt) => {
        seen.push(attempt);
        throw conflict;
      },
      { attempts: 3 },
    );
    await expect(always).rejects.toBe(conflict);
    expect(seen).toEqual([1, 2, 3]);
    let calls = 0;
    await expect(
      retrySerializable(async () => {
        calls += 1;
        throw new Error('other');
      }),
    ).rejects.toThrow('other');
    expect(calls).toBe(1);
  });
});
