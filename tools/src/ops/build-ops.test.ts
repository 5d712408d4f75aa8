import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '@lms/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOps } from './build-ops.ts';
import { readProduct } from './product.ts';

const run = promisify(execFile);
let dist: string;
/** Runs the bundle away from this checkout, with nothing but what is given. */
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

  it('says how it is used', async () => {
    expect(await ops([])).toMatchObject({ code: 2, stderr: expect.stringContaining('usage: main.js <') });
  });
});
