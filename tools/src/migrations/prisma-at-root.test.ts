import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrationStatus } from '@lms/postgres';
import { createTestDatabase, type TestDatabase } from '@lms/testing';

const repo = join(import.meta.dirname, '../../..');
const services = ['auth', 'content', 'media', 'ai'];
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('prisma_at_root');
});
afterAll(() => database.drop());

/** Runs a command at the root of the repository, as in a clone without a running stack. */
function run(command: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command;
  const bin = join(repo, 'node_modules/.bin');
  const given = { LMS_HOME: join(import.meta.dirname, 'no-such-folder'), DATABASE_URL: database.databaseUrl };
  return new Promise((resolve) => {
    execFile(
      join(bin, program),
      args,
      { cwd: repo, env: { PATH: `${bin}:${process.env.PATH}`, ...given, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}
const prisma = (command: string, env?: NodeJS.ProcessEnv) => run(['prisma', ...command.split(' ')], env);

describe('npx prisma at the root of the repository', () => {
  it('migrate deploy migrates every service in sequence, compatible with each service’s own command', async () => {
    const { code, output } = await prisma('migrate deploy');
    expect([code, output]).toEqual([0, expect.stringContaining(`Migrated: ${services.join(', ')}.`)]);
    expect([...output.matchAll(/── (\w+), \d of 4 ──/g)].map(([, name]) => name)).toEqual(services);
    for (const service of services) {
      const migrationsDir = join(repo, 'services', service, 'prisma/migrations');
      const target = { databaseUrl: database.databaseUrl, schema: service, migrationsDir };
      expect(await migrationStatus(target)).toMatchObject({ pending: [], ahead: [], failed: [] });
    }
    // Runs a dozen processes in sequence.
  }, 180_000);

  it('migrate deploy stops at the first failure, and names the services that were not tried', async () => {
    const { code, output } = await prisma('migrate deploy', {
      DATABASE_URL: 'postgresql://u:p@127.0.0.1:9/lms',
    });
    expect(code).toBe(1);
    expect(output).toContain('prisma migrate deploy failed for auth; not tried: content, media, ai');
  });

  it('refers to the command of one service for everything else', async () => {
    expect(await prisma('migrate dev --name add_x')).toEqual({
      code: 2,
      output: expect.stringContaining('npm run prisma -- <auth|content|media|ai> migrate dev --name add_x'),
    });
    expect((await prisma('db push')).code).toBe(2);
  });

  it('says in one line what must be running when there is nothing to migrate or seed', async () => {
    // Empty, so that neither a .env nor a stack of this checkout is used.
    const migrated = await prisma('migrate deploy', { DATABASE_URL: '' });
    expect(migrated.code).toBe(1);
    expect(migrated.output).toContain(
      'DATABASE_URL is not set, and no local stack has run here (npm run up).',
    );
    const seeded = await prisma('db seed', { LMS_BASE_URL: 'http://127.0.0.1:9/api/v1' });
    expect(seeded.code).toBe(1);
    expect(seeded.output).toContain(
      'Nothing to seed: no stack answers at http://127.0.0.1:9/api/v1. Start one (npm run up or docker compose up)',
    );
  });
});
