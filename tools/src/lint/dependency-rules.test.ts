import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
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
    const copy = await mkdtemp(join(tmpdir(), 'lms-lint-'));
    const file = 'services/content/src/reads-environment.ts';
    await cp(join(fixtures, file), join(copy, file));
    await cp(join(repo, 'biome.json'), join(copy, 'biome.json'));
    const lint = spawnSync(join(repo, 'node_modules/.bin/biome'), ['lint', '--vcs-enabled=false', '.'], {
      cwd: copy,
      encoding: 'utf8',
      timeout: 20_000,
    });
    await rm(copy, { recursive: true });
    expect(lint.status).toBe(1);
    expect(lint.stdout + lint.stderr).toContain('noProcessEnv');
  });
});
