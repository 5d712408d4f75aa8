import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that we started, and can recognise again after its number was given to another. */
export interface ProcessMark {
  name: string;
  pid: number;
  /** When the kernel says it began; opaque. */
  startedAt: string;
}

export interface StartedProcess extends ProcessMark {
  /** Resolves with what ended it. */
  exited: Promise<string>;
  hasExited(): boolean;
  signal(signal: NodeJS.Signals): void;
}

export interface ProcessOptions {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  /** Runs as this user; only root may say so. */
  uid?: number;
}

/** Starts a process in a group of its own, so that Ctrl-C reaches only us and we decide the order of stopping. */
export function startProcess(options: ProcessOptions): StartedProcess {
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  return toStarted(options.name, child);
}

function toStarted(name: string, child: ChildProcess): StartedProcess {
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const pid = child.pid ?? -1;
  return {
    name,
    pid,
    startedAt: pid > 0 ? (startTimeOf(pid) ?? '') : '',
    exited,
    hasExited: () => ended,
    signal: (signal) => {
      if (!ended && pid > 0) signalGroup(pid, signal);
    },
  };
}

/** Sends the signal, waits `timeoutMs`, then SIGKILL. Resolves when the process is gone. */
export async function stopProcess(
  child: StartedProcess,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  child.signal(signal);
  const inTime = await Promise.race([child.exited.then(() => true), sleep(timeoutMs, false)]);
  if (!inTime) {
    child.signal('SIGKILL');
    await child.exited;
  }
}

/** Stops a process of an earlier run, if it still is the one that was marked. Gives whether it was there. */
export async function stopMarked(mark: ProcessMark, timeoutMs: number): Promise<boolean> {
  if (!isAlive(mark)) return false;
  signalGroup(mark.pid, 'SIGTERM');
  const deadline = Date.now() + timeoutMs;
  while (isAlive(mark) && Date.now() < deadline) await sleep(50);
  if (isAlive(mark)) signalGroup(mark.pid, 'SIGKILL');
  while (isAlive(mark)) await sleep(20);
  return true;
}

/** True while the process runs that was marked; false for another one with its number. */
export function isAlive(mark: ProcessMark): boolean {
  return mark.pid > 0 && startTimeOf(mark.pid) === mark.startedAt;
}

/** Marks the running process itself. */
export function markSelf(name: string): ProcessMark {
  return { name, pid: process.pid, startedAt: startTimeOf(process.pid) ?? '' };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended meanwhile.
    }
  }
}

/** Start time of a process, or undefined when there is none (or only its zombie). */
function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return ps.stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Last lines of a log, for an error message. */
export function tailOf(logFile: string, lines = 15): string {
  try {
    const size = statSync(logFile).size;
    const text = readFileSync(logFile, 'utf8').slice(size > 20_000 ? -20_000 : 0);
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}
