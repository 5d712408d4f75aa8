import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { seedAccounts } from '../seed/accounts.ts';
import { isAlive } from '../stack/processes.ts';
import { createProgress, SetupError } from '../stack/progress.ts';
import { runSeed, waitForHealth } from '../stack/seed-and-health.ts';
import { echoWarnings } from '../stack/service-logs.ts';
import { serviceNames } from '../stack/services.ts';
import { startStack } from '../stack/start-stack.ts';
import { openState, type StackState } from '../stack/state.ts';

const repo = join(import.meta.dirname, '../../..');
const home = process.env.LMS_HOME || join(repo, '.lms');
const { values } = parseArgs({
  options: { detach: { type: 'boolean', default: false }, 'no-watch': { type: 'boolean', default: false } },
});

try {
  const running = openState(home).read();
  const [supervisor] = running.processes;
  if (supervisor && isAlive(supervisor) && running.status === 'ready') {
    console.log('Already running.');
    printUrls(running);
  } else if (values.detach) await detach();
  else await runInForeground();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${pc.red(error.message)}` : error);
  process.exit(1);
}

async function runInForeground(): Promise<void> {
  const progress = createProgress();
  const state = openState(home);
  const started = Date.now();
  const stack = await startStack({
    repo,
    home,
    ports: 'preferred',
    services: true,
    watch: !values['no-watch'],
    durable: true,
    useUserEnv: true,
    progress,
  });
  let stopping = false;
  const shutDown = async (code: number) => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping …');
    await stack.stop();
    console.log(
      'Stopped. Data is kept in .lms/; npm run up starts again, npm run down -- --purge deletes it.',
    );
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void shutDown(0));
  try {
    await progress.step(
      'Course',
      () => runSeed(repo, stack.urls.base),
      (summary) => summary,
    );
    await progress.step('Health', () => waitForHealth(stack.urls.base, 30_000));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await shutDown(1);
  }
  state.update({ status: 'ready' });
  console.log(
    pc.dim(
      `Ready after ${((Date.now() - started) / 1000).toFixed(1)} s. Logs: .lms/logs/. Ctrl-C stops everything.`,
    ),
  );
  echoWarnings(join(home, 'logs'), serviceNames);
  printUrls(state.read());
}

/** Starts this command again in the background and shows its progress until it is ready. */
async function detach(): Promise<void> {
  mkdirSync(join(home, 'logs'), { recursive: true });
  const logFile = join(home, 'logs/up.log');
  const from = existsSync(logFile) ? statSync(logFile).size : 0;
  const log = openSync(logFile, 'a');
  const args = [import.meta.filename, ...(values['no-watch'] ? ['--no-watch'] : [])];
  const child = spawn(process.execPath, args, { cwd: repo, detached: true, stdio: ['ignore', log, log] });
  child.unref();
  let exitCode: number | null = null;
  child.once('exit', (code) => {
    exitCode = code ?? 1;
  });
  let shown = from;
  const show = () => {
    const text = readFileSync(logFile).subarray(shown);
    shown += text.length;
    process.stdout.write(text);
  };
  for (;;) {
    await sleep(150);
    show();
    if (exitCode !== null) process.exit(exitCode);
    const state = openState(home).read();
    if (state.status === 'ready' && state.processes[0]?.pid === child.pid) break;
  }
  await sleep(300);
  show();
}

function printUrls(state: StackState): void {
  console.log('\nAccounts (for development only):');
  for (const { email, password, role } of seedAccounts)
    console.log(`  ${role.padEnd(8)} ${email}  ${password}`);
  if (state.urls?.inbox) console.log(`Mail inbox: ${state.urls.inbox}`);
  console.log(`API reference: ${state.urls?.base}/docs`);
  console.log(state.urls?.base ?? '');
}
