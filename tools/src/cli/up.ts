import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { seedAccounts } from '../seed/accounts.ts';
import { serveStackControl } from '../stack/control.ts';
import { isAlive, sizeOf } from '../stack/processes.ts';
import { createProgress, SetupError } from '../stack/progress.ts';
import { runSeed, waitForHealth } from '../stack/seed-and-health.ts';
import { echoWarnings } from '../stack/service-logs.ts';
import { serviceNames } from '../stack/services.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { openState, type StackState } from '../stack/state.ts';

// Starts everything and keeps it running until Ctrl-C, or in the background with --detach. With --no-watch,
// services do not restart when code changes.
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
  // Closing the terminal must not end this process before it has stopped everything that it started.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const started = Date.now();
  const interrupt = new AbortController();
  let exitCode = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!interrupt.signal.aborted) console.log('\nStopping …');
      interrupt.abort();
    });
  }
  const stack = await startAndSeed(interrupt.signal).catch((error: unknown) => {
    if (interrupt.signal.aborted) return undefined;
    throw error;
  });
  if (stack) {
    const control = await serveStackControl(stack);
    const state = openState(home);
    state.update({ controlUrl: control.url });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(pc.dim(`Ready after ${seconds} s. Logs: ${join(home, 'logs')}. Ctrl-C stops everything.`));
    echoWarnings(join(home, 'logs'), serviceNames);
    printUrls(state.read());
    // Set last, because the command with --detach shows the output up to this point.
    state.update({ status: 'ready' });
    await new Promise((resolve) => {
      interrupt.signal.addEventListener('abort', resolve, { once: true });
      if (interrupt.signal.aborted) resolve(undefined);
    });
    control.close();
    await stack.stop();
  } else exitCode = 130;
  console.log('Stopped. Data is kept; npm run up starts again, npm run down -- --purge deletes it.');
  process.exit(exitCode);
}

async function startAndSeed(signal: AbortSignal): Promise<Stack> {
  const progress = createProgress();
  let starting = true;
  const stack = await startStack({
    repo,
    home,
    ports: 'preferred',
    services: true,
    watch: !values['no-watch'],
    durable: true,
    useUserEnv: true,
    progress,
    signal,
    onUnexpectedExit: (name, how) => {
      // During the start, the step that waits for the part reports this.
      if (!starting)
        console.log(pc.red(`✗ ${name} ended (${how}). Start it again: npm run part -- start ${name}`));
    },
  });
  try {
    const seed = () => runSeed({ repo, baseUrl: stack.urls.base, signal });
    await progress.step('Course', seed, (summary) => summary);
    await progress.step('Health', () => waitForHealth(stack.urls.base, 30_000));
    signal.throwIfAborted();
    starting = false;
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Starts this command again in the background and shows its progress until it is ready. */
async function detach(): Promise<void> {
  mkdirSync(join(home, 'logs'), { recursive: true });
  const logFile = join(home, 'logs/up.log');
  let shown = sizeOf(logFile);
  const log = openSync(logFile, 'a');
  const args = [import.meta.filename, ...(values['no-watch'] ? ['--no-watch'] : [])];
  const child = spawn(process.execPath, args, { cwd: repo, detached: true, stdio: ['ignore', log, log] });
  child.unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => child.kill('SIGTERM'));
  let exitCode: number | null = null;
  child.once('error', (error) => {
    console.error(error.message);
    exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal) console.error(`The stack was ended by ${signal}.`);
    exitCode = code ?? 1;
  });
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
  show();
  process.exit(0);
}

function printUrls(state: StackState): void {
  console.log('\nAccounts (for development only):');
  for (const { email, password, role } of seedAccounts)
    console.log(`  ${role.padEnd(8)} ${email}  ${password}`);
  if (state.urls?.inbox) console.log(`Mail inbox: ${state.urls.inbox}`);
  console.log(`API reference: ${state.urls?.base}/docs`);
  console.log(state.urls?.base ?? '');
}
