import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeSchema } from '@lms/ops/schema/describe-schema';
import { migrateDeploy, migrateDown } from '@lms/postgres';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import pg from 'pg';
import { readMigrationSources } from './lint-migrations.ts';

const libs = join(import.meta.dirname, '../../../libs');
const folders = await migrationFolders();
const log = { info: () => undefined };
let database: TestDatabase;
let client: pg.Client;
/** The schema without Prisma's own table, which keeps the record of what was undone. */
const shape = async (schema: string) =>
  (await describeSchema(client, schema)).filter((line) => !line.includes('_prisma_migrations'));

beforeAll(async () => {
  database = await createTestDatabase('round_trip');
  client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe.each(folders)('migrations of $schema', ({ schema, folder }) => {
  it('can be applied, undone one by one or all at once, and applied again with the same schema each time', async () => {
    const target = { databaseUrl: database.databaseUrl, schema, migrationsDir: folder, log };
    const names = (await readMigrationSources(folder)).map(({ name }) => name);
    await expect(migrateDeploy(target)).resolves.toEqual(names);
    const top = await shape(schema);
    expect(top.length).toBeGreaterThan(0);
    for (const [index] of [...names.entries()].reverse()) {
      await expect(migrateDown({ ...target, to: names[index - 1] ?? null })).resolves.toEqual([names[index]]);
    }
    expect(await shape(schema)).toEqual([]);
    await expect(migrateDeploy(target)).resolves.toEqual(names);
    expect(await shape(schema)).toEqual(top);
    await expect(migrateDown({ ...target, to: null })).resolves.toEqual([...names].reverse());
    expect(await shape(schema)).toEqual([]);
    await migrateDeploy(target);
    expect(await shape(schema)).toEqual(top);
  });
});

describe.each([
  ['the event backbone', 'events/src/sql/backbone.sql', 'events/src/sql/backbone-down.sql'],
  ['idempotency keys', 'postgres/src/sql/idempotency.sql', 'postgres/src/sql/idempotency-down.sql'],
])('the SQL that services copy: %s', (_name, up, down) => {
  it('can be applied, undone and applied again with the same schema', async () => {
    await client.query('CREATE SCHEMA piece; SET search_path = piece');
    const run = async (file: string) => client.query(await readFile(join(libs, file), 'utf8'));
    await run(up);
    const top = await describeSchema(client, 'piece');
    expect(top.length).toBeGreaterThan(0);
    await run(down);
    expect(await describeSchema(client, 'piece')).toEqual([]);
    await run(up);
    expect(await describeSchema(client, 'piece')).toEqual(top);
    await client.query('DROP SCHEMA piece CASCADE; RESET search_path');
  });
});
