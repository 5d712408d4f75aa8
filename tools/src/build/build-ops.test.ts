import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readProduct } from '@lms/ops/product';
import { createTestDatabase, stackEnv } from '@lms/testing';
import { buildOps } from './build-ops.ts';

const run = promisify(execFile);
let dist: string;
/** Runs the bundle outside of this checkout, with only the given environment. */
async function ops(args: string[], env: NodeJS.ProcessEnv = {}) {
  const ended = await run(process.execPath, [join(dist, 'main.js'), ...args], { cwd: dist, env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: 'code' in ended ? ended.code : 0, stdout: ended.stdout, stderr: ended.stderr };
}

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'lms-ops-'));
  await buildOps(dist);
});
afterAll(() => rm(dist, { recursive: true, force: true }));

describe('the bundle of the operations image', () => {
  it('knows every service and its migrations without the checkout', async () => {
    const { shapes, migrations } = await readProduct();
    expect((await readdir(join(dist, 'migrations'))).sort()).toEqual(
      migrations.map(({ service }) => service).sort(),
    );
    const database = await createTestDatabase('ops_bundle');
    const { code, stdout } = await ops(['preflight', '--json', '--skip', 'kafka'], {
      DATABASE_URL: database.databaseUrl,
    });
    await database.drop();
    expect(code).toBe(1);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; detail: string }[] };
    const detail = (name: string) => checks.find((check) => check.name === name)?.detail ?? '';
    for (const { service } of shapes) expect(detail('environment')).toContain(service);
    for (const { service } of migrations) expect(detail('migrations')).toContain(`${service} 2`);
  });

  it('migrates a service, and reports the state of its database', async () => {
    const database = await createTestDatabase('ops_migrate');
    const env = { DATABASE_URL: database.databaseUrl };
    expect(await ops(['migrate', 'content', 'status'], env)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('content: behind'),
    });
    expect((await ops(['migrate', 'content'], env)).code).toBe(0);
    expect(await ops(['migrate', 'content', 'status'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('content: up to date'),
    });
    await database.drop();
    expect(await ops(['migrate', 'nothing'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('usage: migrate <ai|auth|content|media>'),
    });
  });

  it('reads dead letters from the given brokers', async () => {
    expect(await ops(['events', 'dlq', 'list'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('KAFKA_BROKERS: is required but not set'),
    });
    const { kafkaBrokers: KAFKA_BROKERS } = stackEnv();
    const env = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: `t${randomBytes(5).toString('hex')}.` };
    expect(await ops(['events', 'dlq', 'list', 'nothing'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Unknown topic "nothing"'),
    });
  });

  it('prints its usage', async () => {
    expect(await ops([])).toMatchObject({ code: 2, stderr: expect.stringContaining('usage: main.js <') });
  });
});
