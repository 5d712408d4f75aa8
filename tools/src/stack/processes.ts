import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, startTimeOf } from './process-table.ts';

/** A process that we started, recognisable even if its pid is reused. */
export interface ProcessMark {
  name: string;
  pid: number;
  /** Start time according to the kernel; opaque. */
  startedAt: string;
  /** Signal that stops it gracefully. */
  stopSignal: NodeJS.Signals;
}

export interface StartedProcess extends ProcessMark {
  /** Resolves with the reason for its end. */
  exited: Promise<string>;
  hasExited(): boolean;
  /** True if we requested its end. */
  wasSignalled(): boolean;
  /**
   * Sends SIGSTOP, SIGCONT and SIGKILL to all descendants, and other signals to the process group. Send a signal
   * that the process handles only after it has `reported` its handler; before that, the signal ends the process.
   */
  signal(signal: NodeJS.Signals): void;
  /**
   * Resolves when the process has sent this word with `process.send` (needs `reports`).
   * @throws Error with the end of its log if it ends first, or does not report for `timeoutMs`.
   */
  reported(word: string, timeoutMs: number): Promise<void>;
}

export interface ProcessOptions {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  stopSignal?: NodeJS.Signals;
  /** True for a Node.js program that reports its progress with `process.send`. */
  reports?: boolean;
  /** User to run as; only for root. */
  uid?: number;
}

/** Starts a process in a separate group, so that Ctrl-C reaches only us and we decide the order of stopping. */
export function startProcess(options: ProcessOptions): StartedProcess {
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['ignore', log, log, ...(options.reports ? (['ipc'] as const) : [])],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  closeSync(log);
  return toStarted(options, child);
}

function toStarted(options: ProcessOptions, child: ChildProcess): StartedProcess {
  const { name, stopSignal = 'SIGTERM' } = options;
  const endings = new Set<NodeJS.Signals>([stopSignal, 'SIGTERM', 'SIGINT', 'SIGKILL']);
  const words = new Set<unknown>();
  let ended = false;
  let signalled = false;
  const exited = new Promise<string>((resolve) => {
    const end = (how: string) => {
      ended = true;
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  child.on('message', (word) => words.add(word));
  const pid = child.pid ?? -1;
  const self: StartedProcess = {
    name,
    pid,
    startedAt: pid > 0 ? (startTimeOf(pid) ?? '') : '',
    stopSignal,
    exited,
    hasExited: () => ended,
    wasSignalled: () => signalled,
    signal: (signal) => {
      if (ended || pid <= 0) return;
      if (endings.has(signal)) signalled = true;
      send(pid, signal);
    },
    async reported(word, timeoutMs) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const heard = async () => {
        while (!words.has(word)) await once(child, 'message', { signal: timeout });
      };
      await Promise.race([heard(), endedEarly(self, options.logFile)]).catch((error: Error) => {
        if (!timeout.aborted || ended) throw error;
        const after = `process ${pid} has not reported "${word}" within ${timeoutMs / 1000} s`;
        throw new Error(`${name}: ${after}; its log ends with:\n${tailOf(options.logFile)}`);
      });
    },
  };
  return self;
}

/** Sends the stop signal and, after `timeoutMs`, SIGKILL. Resolves when the process has ended. */
export async function stopProcess(child: StartedProcess, timeoutMs: number): Promise<void> {
  child.signal(child.stopSignal);
  child.signal('SIGCONT'); // A paused process would not see the other signal.
  const inTime = await Promise.race([child.exited.then(() => true), sleep(timeoutMs, false, { ref: false })]);
  if (!inTime) {
    child.signal('SIGKILL');
    await child.exited;
  }
}

/** Stops a process of an earlier run if it is still the marked one. Returns true if it was running. */
export async function stopMarked(mark: ProcessMark, timeoutMs: number): Promise<boolean> {
  if (!isAlive(mark)) return false;
  send(mark.pid, mark.stopSignal ?? 'SIGTERM');
  send(mark.pid, 'SIGCONT');
  const deadline = Date.now() + timeoutMs;
  while (isAlive(mark) && Date.now() < deadline) await sleep(50);
  if (isAlive(mark)) send(mark.pid, 'SIGKILL');
  while (isAlive(mark)) await sleep(20);
  return true;
}

/** True while the marked process is running; false for another process with its pid. */
export function isAlive(mark: Pick<ProcessMark, 'pid' | 'startedAt'>): boolean {
  return mark.pid > 0 && mark.startedAt !== '' && startTimeOf(mark.pid) === mark.startedAt;
}

/** Marks the running process itself. */
export function markSelf(name: string): ProcessMark {
  return { name, pid: process.pid, startedAt: startTimeOf(process.pid) ?? '', stopSignal: 'SIGTERM' };
}

function send(pid: number, signal: NodeJS.Signals): void {
  // PostgreSQL's backends leave the group of their server, so a group is not enough to freeze or kill it.
  const whole = ['SIGSTOP', 'SIGCONT', 'SIGKILL'].includes(signal) ? descendantsOf(pid) : [];
  for (const target of [-pid, ...whole]) {
    try {
      process.kill(target, signal);
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** Rejects with the end of the log when the process ends; to race against its readiness. */
export async function endedEarly(child: StartedProcess, logFile: string): Promise<never> {
  const how = await child.exited;
  throw new Error(`${child.name} ended (${how}):\n${tailOf(logFile)}`);
}

/** Last lines of a log, for an error message. */
export function tailOf(logFile: string, lines = 15): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-20_000).trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Size of a log, to read later what was added. */
export function sizeOf(logFile: string): number {
  return statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
}
