import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateClients } from '@lms/prisma-cli/generate';
import { startFakeOpenAi } from '@lms/testing';
import pc from 'picocolors';
import { serveStackControl } from '../stack/control.ts';
import { createProgress } from '../stack/progress.ts';
import { runSeed, waitForHealth } from '../stack/seed-and-health.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { openState } from '../stack/state.ts';
import { type Counts, clearReports, listFailures, projectFolders, sumReports } from '../test/reports.ts';
import { runCommand } from '../test/run-command.ts';
import { defaultLibreLingoCourse, testStackEnv } from '../test/test-stack-env.ts';

/**
 * `npm test [-- project…]`: checks format, lint, dependency rules, duplicates and types, then runs unit and
 * integration tests on a separate stack (own data, free ports), then the journeys through the ingress. The last
 * line is `N passed, N failed[, N skipped]`; the exit code is 1 if anything failed. With names of projects
 * (`auth`, `e2e`, …) only their tests run.
 */
const repo = join(import.meta.dirname, '../../..');
const only = process.argv.slice(2);
const progress = createProgress();
const failedChecks: string[] = [];
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const home = mkdtempSync(join(tmpdir(), 'lms-test-'));
process.env.LMS_LIBRELINGO_COURSE = resolve(
  repo,
  process.env.LMS_LIBRELINGO_COURSE || defaultLibreLingoCourse,
);

let stack: Stack | undefined;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
    void cleanUp().then(() => process.exit(130));
  });
}

try {
  clearReports(repo, projectFolders(repo).filter(isWanted));
  await progress.step('Prisma clients', () => generateClients());
  if (only.length === 0) await staticChecks();
  await runTests();
} catch (error) {
  total.failed += 1;
  if (!interrupted) console.error(pc.red(error instanceof Error ? error.message : String(error)));
}
await cleanUp();
if (failedChecks.length > 0) console.log(pc.red(`\nFailed: ${failedChecks.join(', ')}`));
for (const { file, test, message } of listFailures(repo, projectFolders(repo).filter(isWanted))) {
  console.log(`\n${pc.red('✗')} ${file}${test ? ` › ${test}` : ''}\n${message.replaceAll(/^/gm, '  ')}`);
}
console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exit(total.failed > 0 ? 1 : 0);

function isWanted(folder: string): boolean {
  return only.length === 0 || only.includes(folder.split('/').at(-1) ?? '');
}

async function staticChecks(): Promise<void> {
  const checks: [string, string, string[]][] = [
    ['Format and lint', 'biome', ['ci', '--colors=off', '--max-diagnostics=30', '.']],
    ['Dependency rules', process.execPath, ['tools/src/lint/dependency-rules.ts']],
    ['No duplicated code', 'jscpd', ['--no-tips', '--fail-on-empty', '.']],
    ['.env.example is up to date', process.execPath, ['tools/src/cli/env-example.ts', '--check']],
    ['Types', 'nx', ['run-many', '-t', 'typecheck', '--output-style=static']],
    ['Production bundles', 'nx', ['run-many', '-t', 'build', '--output-style=static']],
  ];
  for (const [title, command, args] of checks) {
    const result = await runCommand(command, args, { timeoutMs: 300_000 });
    total[result.ok ? 'passed' : 'failed'] += 1;
    console.log(
      `${result.ok ? pc.green('✓') : pc.red('✗')} ${title}  ${pc.dim(`${result.seconds.toFixed(1)} s`)}`,
    );
    if (result.ok) continue;
    failedChecks.push(title);
    console.log(result.output);
  }
}

async function runTests(): Promise<void> {
  const folders = projectFolders(repo).filter(isWanted);
  const journeys = folders.filter((folder) => folder === 'e2e');
  const others = folders.filter((folder) => folder !== 'e2e');
  const fakeOpenAi = await startFakeOpenAi({});
  stack = await startStack({
    repo,
    home,
    ports: 'free',
    services: journeys.length > 0,
    watch: false,
    durable: false,
    useUserEnv: false,
    env: { OPENAI_API_KEY: fakeOpenAi.apiKey, OPENAI_BASE_URL: fakeOpenAi.baseUrl, LOG_LEVEL: 'debug' },
    progress,
  });
  const env: NodeJS.ProcessEnv = await testStackEnv(stack);
  if (others.length > 0) await runProjects('Unit and integration tests', others, env);
  if (journeys.length > 0) {
    await progress.step(
      'Course',
      () => runSeed({ repo, baseUrl: stack?.urls.base ?? '' }),
      (line) => line,
    );
    await waitForHealth(stack.urls.base, 30_000);
    const control = await serveStackControl(stack);
    await runProjects('Journeys through the ingress', journeys, {
      ...env,
      LMS_BASE_URL: stack.urls.base,
      LMS_STACK_CONTROL: control.url,
      LMS_INBOX_URL: stack.urls.inbox,
      LMS_LOG_DIR: join(home, 'logs'),
    });
    control.close();
  }
  await fakeOpenAi.close();
}

async function runProjects(title: string, folders: string[], env: NodeJS.ProcessEnv): Promise<void> {
  console.log(pc.bold(`\n${title}: ${folders.map((folder) => folder.split('/').at(-1)).join(', ')}`));
  const projects = folders.map((folder) => `@lms/${folder.split('/').at(-1)}`).join(',');
  const args = [
    'run-many',
    '-t',
    'test',
    '-p',
    projects,
    '--parallel=2',
    '--output-style=static',
    '--nxBail=false',
  ];
  await runCommand('nx', args, { env, live: true, timeoutMs: 1_200_000 });
  const counts = sumReports(repo, folders);
  for (const folder of counts.withoutReport) console.error(pc.red(`${folder} left no test report`));
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

async function cleanUp(): Promise<void> {
  await stack?.stop().catch((error: Error) => console.error(error.message));
  stack = undefined;
  if (total.failed > 0) {
    console.log(pc.dim(`Logs of the test stack: ${join(home, 'logs')}`));
    return;
  }
  const { outside = [] } = openState(home).read();
  for (const folder of [home, ...outside]) rmSync(folder, { recursive: true, force: true });
}
