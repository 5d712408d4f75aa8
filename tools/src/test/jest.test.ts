import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Within the repository, where Jest finds its transform; Git ignores it. */
const dist = join(import.meta.dirname, '../../dist');
let folder = '';
beforeEach(() => {
  mkdirSync(dist, { recursive: true });
  folder = mkdtempSync(join(dist, 'package-'));
  mkdirSync(join(folder, 'src'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'jest.ts'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

describe('npm test of a package', () => {
  it('passes where there are no tests', () => {
    expect(run('--runInBand')).toMatchObject({ status: 0 });
  });

  it('fails when no test file matches the path that was given', () => {
    const { status, stderr } = run('src/misspelt.test.ts');
    expect(stderr).toContain(`No test file of ${folder} matches: src/misspelt.test.ts`);
    expect(status).toBe(1);
  });
});
