import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { baseUrl } from './api.ts';

const main = join(import.meta.dirname, '../../ops/src/main.ts');
const run = promisify(execFile);

describe('the journey of `helm test`', () => {
  it('runs the journey against an installed release, and deletes the account that it created', async () => {
    const { stdout } = await run(process.execPath, [main, 'journey', '--json'], {
      env: { PATH: process.env.PATH, PREFLIGHT_URL: baseUrl },
      timeout: 100_000,
    });
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: { step: string; ok: boolean }[] };
    expect(steps.filter((step) => !step.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(steps.at(-1)?.step).toBe('delete the account');
    expect(stdout).not.toContain('@example.com');
  }, 120_000);

  it('says which step failed, and exits 1, when the address is wrong', async () => {
    const failed = await run(process.execPath, [main, 'journey'], {
      env: { PATH: process.env.PATH, PREFLIGHT_URL: 'http://127.0.0.1:9' },
      timeout: 60_000,
    }).catch((error: { code: number; stdout: string }) => error);
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ health') });
  });
});
