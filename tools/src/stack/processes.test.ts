import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { descendantsOf } from './process-table.ts';
import {
  isAlive,
  markSelf,
  type StartedProcess,
  startProcess,
  stopMarked,
  stopProcess,
} from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'lms-processes-'));
const children: StartedProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await stopProcess(child, 100);
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(script: string): StartedProcess {
  const child = startProcess({
    name: 'child',
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    logFile: join(folder, 'child.log'),
    reports: true,
  });
  children.push(child);
  return child;
}

/** Starts a program, and waits until its signal handlers are installed: before that, a signal would end it. */
async function startReady(script: string): Promise<StartedProcess> {
  const child = start(script);
  await child.reported('ready', 30_000);
  return child;
}

const lives = 'setInterval(() => {}, 1000); process.send?.("ready")';
const isDeaf = `process.on("SIGTERM", () => {}); ${lives}`;
const hasChild = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(lives)}], { stdio: "inherit", detached: true }); ${lives}`;

async function until(what: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !what(); await sleep(20))
    if (Date.now() > deadline) throw new Error(`not true within 10 s: ${what}`);
}
it('recognises a process by its mark, and not another process with the same pid', () => {
  const child = start(lives);
  expect(isAlive(child)).toBe(true);
  expect(isAlive({ pid: child.pid, startedAt: 'another time' })).toBe(false);
  expect(isAlive({ pid: child.pid, startedAt: '' })).toBe(false);
  expect(isAlive(markSelf('self'))).toBe(true);
});

it('never signals another process with the pid of a marked one', async () => {
  const child = start(lives);
  const stale = { name: 'gone', pid: child.pid, startedAt: '1', stopSignal: 'SIGKILL' as const };
  expect(await stopMarked(stale, 100)).toBe(false);
  expect(isAlive(child)).toBe(true);
});

it('stops a process of an earlier run by its mark, even if it ignores signals', async () => {
  const child = await startReady(isDeaf);
  const { name, pid, startedAt, stopSignal } = child;
  expect(await stopMarked({ name, pid, startedAt, stopSignal }, 200)).toBe(true);
  expect(isAlive(child)).toBe(false);
  expect(await child.exited).toBe('signal SIGKILL');
});

it('also kills the descendants of a process, including those that left its group', async () => {
  const child = start(hasChild);
  await until(() => descendantsOf(child.pid).length === 1);
  const [grandchild = 0] = descendantsOf(child.pid);
  child.signal('SIGKILL');
  await child.exited;
  await until(() => {
    try {
      process.kill(grandchild, 0);
      return readFileSync(`/proc/${grandchild}/stat`, 'utf8').includes(') Z ');
    } catch {
      return true;
    }
  });
});

it('stops a paused process', async () => {
  const child = await startReady(lives);
  child.signal('SIGSTOP');
  await stopProcess(child, 60_000);
  expect(await child.exited).toBe('signal SIGTERM');
});

it('distinguishes a requested end from an unexpected one', async () => {
  const ended = start('process.exit(3)');
  expect(await ended.exited).toBe('exit code 3');
  expect(ended.wasSignalled()).toBe(false);
  const stopped = await startReady(lives);
  await stopProcess(stopped, 60_000);
  expect(stopped.wasSignalled()).toBe(true);
});

it('reports a program that does not exist', async () => {
  const child = startProcess({
    name: 'nothing',
    command: join(folder, 'no-such-program'),
    args: [],
    cwd: folder,
    logFile: join(folder, 'nothing.log'),
  });
  expect(await child.exited).toContain('ENOENT');
  expect(isAlive(child)).toBe(false);
});
