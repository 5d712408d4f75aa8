import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import { withMessage } from '@lms/testing';
import { lintMigrations, type MigrationSource, readMigrationSources } from './lint-migrations.ts';
import { type RuleName, rules } from './rules.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const init: MigrationSource = {
  name: '20260101000000_init',
  sql: readFileSync(join(fixtures, 'init.sql'), 'utf8'),
  down: 'DROP TABLE "words", "lists"; DROP TYPE "level";',
};
const namesIn = (folder: string) => readdirSync(join(fixtures, folder)).map((file) => basename(file, '.sql'));
/** The findings of a second migration, after `init`. */
const lint = (sql: string, changes: Partial<MigrationSource> = {}) =>
  lintMigrations([init, { name: '20260102000000_change', sql, down: 'SELECT 1;', ...changes }], {
    schema: 'content',
    version: '1.4.0',
  });
const rulesOf = async (sql: string, changes?: Partial<MigrationSource>) =>
  (await lint(sql, changes)).map(({ rule }) => rule);

describe('the migration linter', () => {
  it('allows everything in the first migration of a service', async () => {
    await expect(lintMigrations([init], { schema: 'content', version: '1.4.0' })).resolves.toEqual([]);
  });

  it.each(namesIn('bad'))('rejects %s, and reports the place and what to do', async (rule) => {
    const findings = await lint(readFileSync(join(fixtures, 'bad', `${rule}.sql`), 'utf8'));
    expect(findings).toEqual([
      {
        migration: '20260102000000_change',
        rule,
        line: expect.any(Number),
        message: expect.stringContaining(rules[rule as RuleName].advice),
      },
    ]);
  });

  it('has a bad fixture for every rule about SQL', () => {
    const aboutFiles = ['bad-name', 'no-way-down'];
    expect([...namesIn('bad'), ...aboutFiles].sort()).toEqual(Object.keys(rules).sort());
  });

  it.each(namesIn('good'))('accepts %s', async (name) => {
    await expect(lint(readFileSync(join(fixtures, 'good', `${name}.sql`), 'utf8'))).resolves.toEqual([]);
  });

  it('rejects a migration without a down.sql, or with a name out of order', async () => {
    const sql = 'ALTER TABLE "words" ADD COLUMN "level" TEXT;';
    expect(await rulesOf(sql, { down: null })).toEqual(['no-way-down']);
    expect(await rulesOf(sql, { down: '-- nothing to do\n' })).toEqual(['no-way-down']);
    expect(await rulesOf(sql, { name: '2_Change' })).toEqual(['bad-name']);
  });

  it.each([
    ['-- contract: 20260103000000_later: nobody reads it any more', ['marker-unclear', 'drop-column']],
    ['-- contract: v1.4.0: nobody reads it any more', ['marker-unclear', 'drop-column']],
    ['-- contract: 20260101000000_init: unused', ['marker-unclear', 'drop-column']],
    ['-- locks: the table has only a handful of rows', ['drop-column']],
    ['-- contract: v1.3.9: nobody reads it any more', []],
  ])('accepts the marker %j only if it names an earlier release or migration', async (marker, expected) => {
    expect(await rulesOf(`${marker}\nALTER TABLE "words" DROP COLUMN "note";`)).toEqual(expected);
  });

  it('accepts no marker for a rule that has a compatible alternative', async () => {
    const marker = '-- contract: v1.3.0: nobody reads it any more\n-- locks: the table is quite small\n';
    expect(await rulesOf(`${marker}ALTER TABLE "words" RENAME TO "terms";`)).toEqual(['rename']);
  });

  it('applies a marker only to the statement below it', async () => {
    const sql = `-- contract: v1.3.0: nobody reads it any more
      ALTER TABLE "words" DROP COLUMN "note";
      ALTER TABLE "words" DROP COLUMN "rank";`;
    expect(await lint(sql)).toMatchObject([{ rule: 'drop-column', line: 3 }]);
  });

  it.each([
    ['ALTER TABLE "words" ATTACH PARTITION "old" DEFAULT;', ['locks-table']],
    ['ALTER TABLE "words" DETACH PARTITION "old";', ['locks-table']],
    ['ALTER TABLE "words" DETACH PARTITION "old" CONCURRENTLY; SELECT 1;', ['concurrently-not-alone']],
    ['CREATE TABLE "words_default" PARTITION OF "words" DEFAULT;', ['locks-table']],
    [
      'ALTER TABLE "words" RENAME TO "old"; CREATE TABLE "words" (LIKE "lists") PARTITION BY RANGE ("id");',
      ['rename'],
    ],
    ['ALTER TABLE "words" RENAME TO "old"; CREATE TABLE "words" (LIKE "old");', ['rename']],
  ])('knows what a statement about partitions locks: %s', async (sql, expected) => {
    expect(await rulesOf(sql)).toEqual(expected);
  });

  it('checks each command of one ALTER TABLE', async () => {
    const sql = `ALTER TABLE "words" ADD COLUMN "a" TEXT NOT NULL, DROP COLUMN "note",
      ADD COLUMN "b" SERIAL, ADD COLUMN "c" UUID REFERENCES "lists" ("id"), ALTER COLUMN "word" TYPE VARCHAR(10);`;
    expect(await rulesOf(sql)).toEqual([
      'required-column',
      'drop-column',
      'default-rewrites-table',
      'constraint-validated-at-once',
      'change-type',
    ]);
  });

  it('accepts every migration of this repository', async () => {
    const folders = await migrationFolders();
    expect(folders.map(({ schema }) => schema)).toEqual(expect.arrayContaining(['media', 'postgres']));
    for (const { folder, schema } of folders) {
      const migrations = await readMigrationSources(folder);
      withMessage(schema, () => expect(migrations.length).toBeGreaterThan(0));
      await withMessage(schema, async () =>
        expect(await lintMigrations(migrations, { schema, version: '0.1.0' })).toEqual([]),
      );
    }
  });
});
