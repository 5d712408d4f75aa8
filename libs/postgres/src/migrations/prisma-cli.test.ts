import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import { migrateDeploy, migrateDown, migrationStatus } from '../index.ts';
import { migrationsDir, schema, silent } from '../testing/test-server.ts';

const repo = join(import.meta.dirname, '../../../..');
const init = '20260101000000_init';
const addLevel = '20260102000000_add_word_level';

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  // A copy, since some commands write: laid out like a service.
  folder = await mkdtemp(join(tmpdir(), 'lms-prisma-cli-'));
  await cp(join(migrationsDir, '..'), join(folder, 'prisma'), { recursive: true });
  await writeFile(
    join(folder, 'prisma.config.ts'),
    `import { prismaConfigOf } from '${join(repo, 'libs/prisma-cli/src/prisma-config.ts')}';
     export default prismaConfigOf('${schema}');`,
  );
});
beforeEach(async () => {
  database = await createTestDatabase('prisma_cli');
});
afterEach(() => database.drop());
afterAll(() => rm(folder, { recursive: true, force: true }));

const own = () => ({
  databaseUrl: database.databaseUrl,
  schema,
  migrationsDir: join(folder, 'prisma/migrations'),
  log: silent,
});

/** Runs the real Prisma CLI on the stand-in engine. */
const prisma = (...args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(repo, 'node_modules/prisma/build/index.js'), ...args],
      { cwd: folder, env: { ...process.env, DATABASE_URL: database.databaseUrl, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

const tableOf = () =>
  database.query(`SELECT column_name, data_type, character_maximum_length, column_default, is_nullable
    FROM information_schema.columns WHERE table_schema = 'postgres' ORDER BY table_name, ordinal_position`);
const rowsOf = () =>
  database.query(`SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at,
    finished_at IS NOT NULL AS finished FROM postgres."_prisma_migrations" ORDER BY migration_name`);

describe('migrateDeploy and the Prisma CLI', () => {
  it('leave the same tables and the same record of migrations', async () => {
    expect(await prisma('migrate', 'deploy')).toMatchObject({ code: 0 });
    const byCli = { tables: await tableOf(), rows: await rowsOf() };
    await database.query('DROP SCHEMA postgres CASCADE');
    await migrateDeploy(own());
    expect({ tables: await tableOf(), rows: await rowsOf() }).toEqual(byCli);
    expect(byCli.rows).toHaveLength(2);
  });

  it('agree on which migrations are applied, even after one was undone', async () => {
    await migrateDeploy(own());
    expect((await prisma('migrate', 'status')).output).toContain('up to date');
    await migrateDown({ ...own(), to: init });
    const behind = await prisma('migrate', 'status');
    expect(behind).toMatchObject({ code: 1, output: expect.stringContaining(addLevel) });
    expect(await prisma('migrate', 'deploy')).toMatchObject({ code: 0 });
    expect(await migrationStatus(own())).toMatchObject({
      applied: [init, addLevel],
      pending: [],
      failed: [],
    });
    await expect(migrateDeploy(own())).resolves.toEqual([]);
  });

  it('continue after `migrate resolve` of a failed migration', async () => {
    const name = '20260103000000_bad';
    const file = join(folder, 'prisma/migrations', name, 'migration.sql');
    await mkdir(join(file, '..'));
    await writeFile(file, 'SELECT nonsense;');
    await expect(migrateDeploy(own())).rejects.toThrow(`${name} failed`);
    expect((await prisma('migrate', 'status')).output).toContain(`resolve --rolled-back "${name}"`);
    expect(await prisma('migrate', 'resolve', '--rolled-back', name)).toMatchObject({ code: 0 });
    await writeFile(file, 'SELECT 1;');
    await expect(migrateDeploy(own())).resolves.toEqual([name]);
    await rm(join(file, '..'), { recursive: true });
  });
});

describe('the stand-in for the schema engine', () => {
  const diff = (target: string, ...flags: string[]) =>
    prisma('migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', target, ...flags);

  it('finds the differences between migrations and schema, and none when they match', async () => {
    const target = 'prisma/schema.prisma';
    expect(await diff(target, '--exit-code')).toMatchObject({ code: 0 });
    const text = await readFile(join(folder, target), 'utf8');
    await writeFile(join(folder, 'prisma/changed.prisma'), text.replace('list   ', 'note String?\n  list'));
    const changed = await diff('prisma/changed.prisma', '--script', '--exit-code');
    expect(changed.output).toMatch(/ALTER TABLE "words" ADD COLUMN\s+"note" TEXT;/);
    expect(changed.code).toBe(2);
    const left = await database.query(
      `SELECT FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow_db%'`,
    );
    expect(left).toEqual([]);
  });

  it('fails with a message, never silently, when there is no server', async () => {
    const env = database.databaseUrl;
    database.databaseUrl = 'postgresql://nobody@127.0.0.1:1/none';
    const refused = await prisma('migrate', 'deploy');
    database.databaseUrl = env;
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('P1001') });
  });
});
