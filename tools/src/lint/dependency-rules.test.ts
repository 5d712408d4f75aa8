import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations } from './dependency-rules.ts';

const repo = join(import.meta.dirname, '../../..');
const fixtures = join(repo, 'tools/lint-fixtures');

describe('dependency rules', () => {
  it('refuse code that breaks them, every rule of them', async () => {
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

  it('refuse process.env outside the config lib, by the linter', async () => {
    const { status, output } = await lintFixtures('services/content/src/reads-environment.ts');
    expect(status).toBe(1);
    expect(output).toContain('noProcessEnv');
  });

  it('refuse queries outside stores however the client is reached, by the linter', async () => {
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

/** The repository's own linter rules on fixtures, which it leaves out where they are. */
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
