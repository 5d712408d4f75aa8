import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import {
  endedEarly,
  type ProcessOptions,
  type StartedProcess,
  startProcess,
  stopProcess,
} from '@lms/tools/stack/processes';
import { cpuTimeOf } from '../cpu-time.ts';

/** The core of the server that is measured; everything else runs on the other cores. */
const serverCore = '0';
const cores = availableParallelism();

export const canPin = cores > 1 && spawnSync('taskset', ['-c', serverCore, 'true']).status === 0;

/** Keeps this process, and what it starts, off the servers' core. */
export function leaveServerCore(): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', `1-${cores - 1}`, String(process.pid)]);
}

export interface ProgramOptions extends ProcessOptions {
  /** Base URL that it listens on. */
  url: string;
  /** Answers 200 when it is ready. */
  readyPath: string;
  metricsUrl?: string;
  /** What its memory is measured as. */
  kind: 'api' | 'worker' | 'other';
  /** True for work that follows a request later: it does not share the core of the server. */
  beside?: boolean;
}

export interface Start {
  /** From the start of the process to its first 200, in ms. */
  readyMs: number;
  /** CPU time that it took until then, in ms; other programs of the machine hardly change it. */
  cpuMs: number;
}

/** A program that is measured, and can be started again. */
export interface Program extends Pick<ProgramOptions, 'name' | 'url' | 'metricsUrl' | 'kind'> {
  readonly pid: number;
  /** Stops it and starts it again. Resolves when it is ready. */
  restart(): Promise<Start>;
}

/** @throws Error with the end of the log if the program ends, or is not ready within a minute. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, url, metricsUrl, kind } = options;
  let running = start(options);
  await untilReady(options, running);
  return {
    ...{ name, url, kind, ...(metricsUrl ? { metricsUrl } : {}) },
    get pid() {
      return running.pid;
    },
    async restart() {
      await stopProcess(running, 30_000);
      const since = performance.now();
      running = start(options);
      await untilReady(options, running);
      return { readyMs: performance.now() - since, cpuMs: cpuTimeOf(running.pid) / 1000 };
    },
  };
}

function start(options: ProgramOptions): StartedProcess {
  const { command, args, beside = false } = options;
  const program = startProcess(
    canPin && !beside
      ? { ...options, command: 'taskset', args: ['-c', serverCore, command, ...args] }
      : options,
  );
  killAtExit(program);
  return program;
}

async function untilReady(
  { url, readyPath, logFile }: ProgramOptions,
  program: StartedProcess,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  const poll = async () => {
    while (!(await answersOk(url + readyPath))) {
      if (performance.now() > deadline) throw new Error(`${url}${readyPath} is not 200 after a minute`);
      await sleep(5);
    }
  };
  await Promise.race([poll(), endedEarly(program, logFile)]);
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
