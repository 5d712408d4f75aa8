import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrateDeploy, migrateDown } from '@lms/postgres';
import { createLogger } from '@lms/runtime';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import { serviceName } from './deps.ts';

const migrationsDir = join(import.meta.dirname, '../prisma/migrations');
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('auth');
});
afterAll(() => database?.drop());

const tables = async () =>
  (
    await database.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'auth' AND table_name <> '_prisma_migrations' ORDER BY 1`,
    )
  ).map(({ name }) => name);

test('every migration can be undone and applied again', async () => {
  const log = createLogger({ service: serviceName, level: 'silent' });
  const target = { databaseUrl: database.databaseUrl, schema: serviceName, migrationsDir, log };
  await migrateDeploy(target);
  const made = await tables();
  expect(made).toContain('users');
  await migrateDown({ ...target, to: null });
  expect(await tables()).toEqual([]);
  await migrateDeploy(target);
  expect(await tables()).toEqual(made);
});
