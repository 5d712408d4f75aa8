import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventuallyPasses, stackEnv, type TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import {
  createPool,
  createSchemaCheck,
  createSql,
  migrateDeploy,
  migrateDown,
  migrationStatus,
} from '../index.ts';
import { migrationsDir, poolOptions, recordingLog, schema, silent } from '../testing/test-server.ts';

const init = '20260101000000_init';
const addLevel = '20260102000000_add_word_level';

let database: TestDatabase;
let folder: string;
/** A build: its migrations on disk. */
const buildOf = async (name: string, files: Record<string, string>) => {
  const dir = join(folder, name);
  for (const [migration, sql] of Object.entries(files)) {
    await mkdir(join(dir, migration), { recursive: true });
    await writeFile(join(dir, migration, 'migration.sql'), sql);
  }
  return { databaseUrl: database.databaseUrl, schema: 'shop', migrationsDir: dir, log: silent };
};
const rowsOf = (of: string) =>
  database.query<{ migration_name: string; logs: string | null; state: string }>(
    `SELECT migration_name, logs, CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back'
       WHEN finished_at IS NOT NULL THEN 'finished' ELSE 'unfinished' END AS state
     FROM "${of}"."_prisma_migrations" ORDER BY started_at`,
  );

const pools: Pool[] = [];
/** The readiness check of a service with the migrations of `build`. */
const checkOf = (build: { schema: string; migrationsDir: string }) => {
  const pool = createPool(poolOptions(database.databaseUrl, { schema: build.schema }));
  pools.push(pool);
  return createSchemaCheck(createSql(pool), build.migrationsDir);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lms-migrations-'));
});
beforeEach(async () => {
  await database?.drop();
  database = await createTestDatabase('migrate');
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const own = () => ({ databaseUrl: database.databaseUrl, schema, migrationsDir, log: silent });

describe('migrateDeploy', () => {
  it('creates the schema, applies what is pending in order, and nothing the second time', async () => {
    await expect(migrateDeploy(own())).resolves.toEqual([init, addLevel]);
    await expect(migrateDeploy(own())).resolves.toEqual([]);
    await expect(database.query('SELECT level FROM postgres.words')).resolves.toEqual([]);
  });

  it('creates the database when it is allowed to, even when several services try at once', async () => {
    const url = new URL(stackEnv().databaseUrl);
    url.pathname = `${new URL(database.databaseUrl).pathname}_made`;
    const target = (name: string) => ({ ...own(), databaseUrl: url.href, schema: name });
    await expect(migrateDeploy(target('a'))).rejects.toThrow('does not exist');
    const both = await Promise.all(
      ['a', 'b', 'c'].map((name) => migrateDeploy({ ...target(name), createDatabase: true })),
    );
    expect(both).toEqual(Array(3).fill([init, addLevel]));
    await database.query(`DROP DATABASE "${url.pathname.slice(1)}" WITH (FORCE)`);
  });

  it('runs once when several processes start it at the same time', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrateDeploy(own())));
    expect(results.flat()).toEqual([init, addLevel]);
    expect(await rowsOf(schema)).toHaveLength(2);
  });

  it('names a failed migration with its error, leaves nothing of it, and refuses to continue', async () => {
    const broken = await buildOf('broken', {
      '1_good': 'CREATE TABLE a (id INT);',
      '2_bad': 'CREATE TABLE b (id INT); INSERT INTO nowhere VALUES (1);',
      '3_later': 'CREATE TABLE c (id INT);',
    });
    await expect(migrateDeploy(broken)).rejects.toThrow(
      /migration 2_bad failed: relation "nowhere" does not exist \(SQLSTATE 42P01\)/,
    );
    expect(await migrationStatus(broken)).toEqual({
      applied: ['1_good'],
      pending: ['2_bad', '3_later'],
      ahead: [],
      failed: ['2_bad'],
    });
    expect((await rowsOf('shop')).at(-1)).toMatchObject({
      state: 'unfinished',
      logs: expect.stringContaining('nowhere'),
    });
    await expect(database.query('SELECT FROM shop.b')).rejects.toThrow('does not exist');
    await expect(migrateDeploy(broken)).rejects.toThrow(/2_bad of shop failed before.*migrate resolve/);
  });

  it('continues after a failed migration was resolved and fixed', async () => {
    await migrateDeploy(await buildOf('mended', { '1_a': 'SELECT nonsense;' })).catch(() => undefined);
    // What `prisma migrate resolve --rolled-back` does.
    await database.query('UPDATE shop."_prisma_migrations" SET rolled_back_at = now()');
    await expect(
      migrateDeploy(await buildOf('mended', { '1_a': 'CREATE TABLE a (id INT);' })),
    ).resolves.toEqual(['1_a']);
    expect((await rowsOf('shop')).map((row) => row.state)).toEqual(['rolled back', 'finished']);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    await migrateDeploy(await buildOf('changed', { '1_a': 'CREATE TABLE a (id INT);' }));
    const changed = await buildOf('changed', { '1_a': 'CREATE TABLE a (id BIGINT);' });
    await expect(migrateDeploy(changed)).rejects.toThrow('1_a was changed');
  });

  it('builds an index concurrently while another process waits for its turn', async () => {
    const build = await buildOf('concurrently', {
      '1_a': 'CREATE TABLE a (id INT);',
      '2_b': 'CREATE INDEX CONCURRENTLY a_id ON a (id);',
    });
    const results = await Promise.all([migrateDeploy(build), migrateDeploy(build)]);
    expect(results.flat()).toEqual(['1_a', '2_b']);
  });

  it('tries again when a busy table keeps it waiting, without a failed row', async () => {
    await migrateDeploy(await buildOf('busy', { '1_a': 'CREATE TABLE a (id INT);' }));
    const reader = database.query('BEGIN; LOCK TABLE shop.a; SELECT pg_sleep(5); COMMIT;');
    await eventuallyPasses('the other transaction holds its lock on shop.a', async () =>
      expect(
        await database.query(`SELECT 1 FROM pg_locks WHERE relation = 'shop.a'::regclass AND granted`),
      ).not.toEqual([]),
    );
    const log = recordingLog();
    const build = await buildOf('busy', { '2_b': 'ALTER TABLE a ADD COLUMN b INT;' });
    await expect(migrateDeploy({ ...build, log })).resolves.toEqual(['2_b']);
    expect(log.lines).toContain('a table is locked; retrying the migration');
    await reader;
  });
});

describe('createSchemaCheck', () => {
  it('is not ready before the migration, ready after it, and does not ask again', async () => {
    const check = checkOf(own());
    await expect(check()).rejects.toThrow(`${init}, ${addLevel} not applied`);
    await migrateDeploy(own());
    await expect(check()).resolves.toBeUndefined();
    await database.query('DROP SCHEMA postgres CASCADE');
    await expect(check()).resolves.toBeUndefined();
  });

  it('keeps an older build ready on a newer database, even one whose newest migration failed', async () => {
    const older = await buildOf('older', { '1_a': 'CREATE TABLE a (id INT);' });
    await migrateDeploy(older);
    const newer = await buildOf('newer', {
      '1_a': 'CREATE TABLE a (id INT);',
      '2_b': 'CREATE TABLE b (id INT);',
      '3_c': 'SELECT nonsense;',
    });
    await expect(checkOf(newer)()).rejects.toThrow('behind: 2_b, 3_c');
    await migrateDeploy(newer).catch(() => undefined);
    expect((await migrationStatus(older)).ahead).toEqual(['2_b']);
    await expect(checkOf(older)()).resolves.toBeUndefined();
    await expect(checkOf(newer)()).rejects.toThrow('3_c is running or has failed');
  });
});

describe('migrateDown', () => {
  const shape = () =>
    database.query(
      `SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns
       WHERE table_schema = 'postgres' AND table_name <> '_prisma_migrations' ORDER BY table_name, column_name`,
    );

  it('can be undone and applied again with the same schema', async () => {
    await migrateDeploy(own());
    const before = await shape();
    await expect(migrateDown({ ...own(), to: init })).resolves.toEqual([addLevel]);
    expect(await shape()).toHaveLength(before.length - 1);
    await expect(migrateDown({ ...own(), to: null })).resolves.toEqual([init]);
    expect(await shape()).toEqual([]);
    await expect(migrateDeploy(own())).resolves.toEqual([init, addLevel]);
    expect(await shape()).toEqual(before);
    expect((await rowsOf(schema)).map((row) => row.state)).toEqual([
      'rolled back',
      'rolled back',
      'finished',
      'finished',
    ]);
  });

  it('undoes nothing when a down.sql is missing or fails, or the target is not applied', async () => {
    const build = await buildOf('down', {
      '1_a': 'CREATE TABLE a (id INT);',
      '2_b': 'CREATE TABLE b (id INT);',
    });
    await migrateDeploy(build);
    await writeFile(join(build.migrationsDir, '2_b/down.sql'), 'DROP TABLE b; SELECT nonsense;');
    await expect(migrateDown({ ...build, to: null })).rejects.toThrow('1_a/down.sql');
    await expect(migrateDown({ ...build, to: '0_none' })).rejects.toThrow('0_none is not applied');
    await expect(migrateDown({ ...build, to: '1_a' })).rejects.toThrow('down.sql of 2_b failed');
    await expect(database.query('SELECT FROM shop.b')).resolves.toEqual([]);
    expect((await migrationStatus(build)).pending).toEqual([]);
  });
});
