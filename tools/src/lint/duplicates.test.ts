import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';

const repo = join(import.meta.dirname, '../../..');

/** Two files with the same `lines` lines between different ones. */
function judge(lines: number, files: [string, string]): { code: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lms-duplicates-'));
  const shared = Array.from({ length: lines }, (_, n) => `const shared${n} = read('${n}', options) + ${n};`);
  try {
    for (const [index, file] of files.entries()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      // Different tokens before and after, so that they are not part of the duplicate.
      const [before, after] =
        index === 0 ? ['export class One {}', 'type One = 1;'] : ['let two;', '{ two(); }'];
      writeFileSync(join(folder, file), [before, ...shared, after, ''].join('\n'));
    }
    const { status, stdout, stderr } = spawnSync(
      join(repo, 'node_modules/.bin/jscpd'),
      ['--config', join(repo, '.jscpd.json'), '--no-tips', folder],
      { encoding: 'utf8', cwd: folder, timeout: 60_000 },
    );
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('rejects thirteen duplicated lines, and reports their places', () => {
  const { code, output } = judge(13, ['services/a/one.ts', 'libs/b/two.ts']);
  expect([code, output]).toEqual([1, expect.stringContaining('Found 1 clone')]);
  for (const file of ['services/a/one.ts', 'libs/b/two.ts']) expect(output).toContain(file);
});

it('accepts twelve duplicated lines, and any duplicates in tests', () => {
  expect(judge(12, ['services/a/one.ts', 'libs/b/two.ts'])).toMatchObject({ code: 0 });
  expect(judge(40, ['services/a/one.test.ts', 'libs/b/two.test.ts'])).toMatchObject({ code: 0 });
  expect(judge(40, ['services/a/src/testing/one.ts', 'libs/b/src/testing/two.ts'])).toMatchObject({
    code: 0,
  });
});
