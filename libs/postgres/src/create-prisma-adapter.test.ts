import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@lms/testing';
import { eventuallyPasses } from '@lms/testing';
import type { PrismaClient } from './generated/prisma/client.ts';
import { databaseUnavailable } from './index.ts';
import {
  createClient,
  createMigratedDatabase,
  killConnections,
  recordingLog,
  startProxy,
} from './testing/test-server.ts';

let database: TestDatabase;
let prisma: PrismaClient;
const log = recordingLog();

beforeAll(async () => {
  database = await createMigratedDatabase();
  prisma = createClient(database.databaseUrl, { log });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

describe('createPrismaAdapter', () => {
  it('shows the schema to model queries and raw queries alike', async () => {
    await prisma.word.create({ data: { text: 'cat', list: 'animals', place: 1 } });
    await expect(prisma.$queryRawUnsafe('SELECT text FROM words')).resolves.toEqual([{ text: 'cat' }]);
    await expect(database.query('SELECT text FROM postgres.words')).resolves.toHaveLength(1);
  });

  it('logs and replaces connections that the server ends', async () => {
    await prisma.word.count();
    await killConnections(database);
    await eventuallyPasses('a line in the log', () => expect(log.lines.length).toBeGreaterThan(0));
    await expect(prisma.word.count()).resolves.toBe(1);
  });

  it('fails a transaction whose connection ends, and the next one works', async () => {
    const broken = prisma.$transaction(async (tx) => {
      await tx.word.create({ data: { text: 'dog', list: 'animals', place: 2 } });
      await killConnections(database);
      await tx.word.count();
    });
    await expect(broken.catch(databaseUnavailable)).resolves.toBe(true);
    await expect(prisma.$transaction((tx) => tx.word.count())).resolves.toBe(1);
  });

  it('ends a transaction on a silent server and recovers with it', async () => {
    const proxy = await startProxy(database.databaseUrl);
    const viaProxy = createClient(proxy.databaseUrl, { poolSize: 1, statementTimeoutMs: 100 });
    const stuck = viaProxy.$transaction(async (tx) => {
      await tx.word.count();
      proxy.silence(true);
      await tx.word.count();
    });
    await expect(stuck.catch(databaseUnavailable)).resolves.toBe(true);
    proxy.silence(false);
    await eventuallyPasses('the database answering again', async () =>
      expect(await viaProxy.word.count().catch(() => 'down')).toBe(1),
    );
    await viaProxy.$disconnect();
    await proxy.close();
  });
});
