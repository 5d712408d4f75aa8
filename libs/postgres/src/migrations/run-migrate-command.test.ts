import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import { migrationStatus, runMigrateCommand } from '../index.ts';
import { migrationsDir, schema, silent } from '../testing/test-server.ts';

const init = '20260101000000_init';
const addLevel = '20260102000000_add_word_level';
let database: TestDatabase;
let lines: string[];
let deployed: number;
const migrate = (...args: string[]) =>
  runMigrateCommand({
    args,
    databaseUrl: database.databaseUrl,
    schema,
    migrationsDir,
    log: silent,
    print: (line) => lines.push(line),
    afterDeploy: async () => {
      deployed += 1;
    },
  });

beforeEach(async () => {
  database = await createTestDatabase('migrate_command');
  lines = [];
  deployed = 0;
});
afterEach(async () => {
  process.exitCode = undefined;
  await database.drop();
});

describe('runMigrateCommand', () => {
  it('deploys by default, prints the status, and migrates down to a named migration', async () => {
    await migrate('status');
    expect(lines).toEqual([`pending  ${init}`, `pending  ${addLevel}`, 'postgres: behind']);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;

    await migrate();
    expect(deployed).toBe(1);
    lines = [];
    await migrate('status');
    expect(lines).toEqual([`applied  ${init}`, `applied  ${addLevel}`, 'postgres: up to date']);
    expect(process.exitCode).toBeUndefined();

    await migrate('down', '--to', init);
    expect(
      (await migrationStatus({ databaseUrl: database.databaseUrl, schema, migrationsDir })).pending,
    ).toEqual([addLevel]);
    await migrate('deploy');
    await migrate('down', '--all');
    lines = [];
    await migrate('status');
    expect(lines.at(-1)).toBe('postgres: behind');
    expect(deployed).toBe(2);
  });

  it.each([
    [['down']],
    [['down', '--to', init, '--all']],
    [['sideways']],
    [['deploy', 'now']],
    [['deploy', '--all']],
    [['status', '--to', init]],
    [['--snapshot']],
  ])('prints its usage for %j, and does nothing else', async (args) => {
    await expect(migrate(...args)).rejects.toThrow('usage: migrate [deploy]');
    expect(deployed).toBe(0);
  });
});
