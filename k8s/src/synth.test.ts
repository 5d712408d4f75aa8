import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseManifests } from './testing/render-chart.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'lms-synth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const synth = (...args: string[]) =>
  run(process.execPath, [join(import.meta.dirname, 'synth.ts'), '--out', folder, ...args]);

describe('synth', () => {
  it('writes a folder for each environment, namespaces first', async () => {
    await synth('local', 'production');
    expect(readdirSync(folder).sort()).toEqual(['local', 'production']);
    const files = readdirSync(join(folder, 'local')).sort();
    const kinds = files.map((file) =>
      parseManifests(readFileSync(join(folder, 'local', file), 'utf8')).map(({ kind }) => kind),
    );
    expect(kinds.map(([first]) => first)).toEqual(['Namespace', 'Namespace', 'Secret']);
    expect(kinds.flat()).toContain('StatefulSet');
  });

  it('refuses an environment that does not exist', async () => {
    const failure = (await synth('prod').catch((error: unknown) => error)) as {
      code: number;
      stderr: string;
    };
    expect(failure.code).toBe(2);
    expect(failure.stderr).toBe('There is no environment prod. Environments: local, staging, production.\n');
  });
});
