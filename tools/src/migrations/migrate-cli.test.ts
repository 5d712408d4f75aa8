import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestBucket, createTestDatabase, type TestBucket, type TestDatabase } from '@lms/testing';
import { generateIdentity, identityToRecipient } from 'age-encryption';

const script = join(import.meta.dirname, '../cli/migrate.ts');
const init = '20260101000000_init';
const addLevel = '20260102000000_add_word_level';
let database: TestDatabase;
let bucket: TestBucket;
let env: NodeJS.ProcessEnv;

/** Runs `npm run migrate -- …` as a separate process. */
function migrate(args: string[], more: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...env, ...more } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

beforeAll(async () => {
  database = await createTestDatabase('migrate_cli');
  bucket = await createTestBucket('snapshots');
  env = {
    PATH: process.env.PATH,
    LMS_HOME: join(import.meta.dirname, 'no-such-folder'),
    DATABASE_URL: database.databaseUrl,
    R2_ENDPOINT: bucket.endpoint,
    R2_BUCKET: bucket.bucket,
    R2_ACCESS_KEY: bucket.accessKey,
    R2_SECRET_KEY: bucket.secretKey,
  };
});
afterAll(async () => {
  await Promise.all([database.drop(), bucket.drop()]);
});

describe('npm run migrate', () => {
  it('lets only one process migrate at a time: two processes apply each migration once', async () => {
    expect((await migrate(['postgres', 'status'])).code).toBe(1);
    const both = await Promise.all([migrate(['postgres', 'deploy']), migrate(['postgres'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const applied = both.flatMap(({ output }) =>
      [...output.matchAll(/migration applied {2}(\S+)/g)].map((m) => m[1]),
    );
    expect(applied.sort()).toEqual([init, addLevel]);
    expect(await migrate(['postgres', 'status'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('up to date'),
    });
  });

  it('takes a snapshot first on request, and does nothing if that fails', async () => {
    const refused = await migrate(['postgres', 'down', '--to', init, '--snapshot']);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('BACKUP_RECIPIENTS') });
    expect((await migrate(['postgres', 'status'])).output).toContain('up to date');

    const recipient = await identityToRecipient(await generateIdentity());
    const down = await migrate(['postgres', 'down', '--to', init, '--snapshot'], {
      BACKUP_RECIPIENTS: recipient,
    });
    expect(down.code).toBe(0);
    expect(down.output).toMatch(/^snapshot {2}\S+-before-migrate-postgres\n/);
    expect(down.output).toContain(`migration undone  ${addLevel}`);
    expect((await bucket.keys()).filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
  });

  it('reports invalid arguments', async () => {
    expect(await migrate(['nothing', 'status'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('usage'),
    });
    expect(await migrate(['postgres', 'down'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('usage'),
    });
    expect(await migrate(['postgres', 'status'], { DATABASE_URL: '' })).toMatchObject({
      code: 1,
      output: expect.stringContaining('DATABASE_URL is not set'),
    });
  });
});
