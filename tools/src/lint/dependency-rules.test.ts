import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findViolations } from './dependency-rules.ts';

const repo = join(import.meta.dirname, '../../..');
const fixtures = join(repo, 'tools/lint-fixtures');

describe('dependency rules', () => {
  it('reject code that breaks any of them', async () => {
    const { violations } = await findViolations(fixtures, ['libs', 'services', 'ops', 'tools', 'e2e']);
    const configuration = createRequire(import.meta.url)(join(repo, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    const broken = new Set(violations.map(({ rule }) => rule));
    expect([...broken].sort()).toEqual(configuration.forbidden.map(({ name }) => name).sort());
  });

  it('point at the file that breaks the rule', async () => {
    const { violations } = await findViolations(fixtures, ['libs', 'services', 'ops', 'tools', 'e2e']);
    expect(violations).toContainEqual(
      expect.objectContaining({
        rule: 'services-never-import-each-other',
        from: 'services/content/src/imports-another-service.ts',
      }),
    );
  });

  it('reject process.env outside the config library through the linter', async () => {
    const { status, output } = await lintFixtures('services/content/src/reads-environment.ts');
    expect(status).toBe(1);
    expect(output).toContain('noProcessEnv');
  });

  it('reject queries outside stores through the linter, however the client is accessed', async () => {
    const { status, output } = await lintFixtures('services/content/src');
    expect(status).toBe(1);
    const found = output.matchAll(/(\S+\.ts):(\d+):\d+ plugin/g);
    const lines = Array.from(found, ([, file, line]) => `${file}:${line}`).sort();
    const fixture = 'services/content/src/queries-in-a-handler.ts';
    const source = readFileSync(join(fixtures, fixture), 'utf8').split('\n');
    const refused = source.flatMap((text, index) =>
      text.startsWith('export const refused') ? [`${fixture}:${index + 1}`] : [],
    );
    expect(refused).toHaveLength(7);
    expect(lines).toEqual(refused.sort());
  });
});

/** Applies the repository's linter rules to the fixtures, which they normally exclude. */
async function lintFixtures(path: string): Promise<{ status: number | null; output: string }> {
  const copy = await mkdtemp(join(tmpdir(), 'lms-lint-'));
  const rules = ['biome.json', 'tools/src/lint/sql-only-in-stores.grit'];
  for (const file of rules) await cp(join(repo, file), join(copy, file));
  await cp(join(fixtures, path), join(copy, path), { recursive: true });
  const lint = spawnSync(
    join(repo, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--max-diagnostics=none', 'services'],
    { cwd: copy, encoding: 'utf8', timeout: 20_000 },
  );
  await rm(copy, { recursive: true });
  return { status: lint.status, output: lint.stdout + lint.stderr };
}
