import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import {
  endedEarly,
  type ProcessOptions,
  type StartedProcess,
  startProcess,
} from '@lms/tools/stack/processes';

/** The core of the server that is measured; everything else runs on the other cores. */
const serverCore = '0';

export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', serverCore, 'true']).status === 0;

/** Keeps this process, and what it starts, off the servers' core. */
export function leaveServerCore(): void {
  if (canPin)
    spawnSync('taskset', ['-a', '-p', '-c', `1-${availableParallelism() - 1}`, String(process.pid)]);
}

/** Starts a program on the servers' core. */
export function startOnServerCore(options: ProcessOptions): StartedProcess {
  const { command, args } = options;
  return started(
    canPin ? { ...options, command: 'taskset', args: ['-c', serverCore, command, ...args] } : options,
  );
}

/** Starts a program on the other cores. */
export function startBeside(options: ProcessOptions): StartedProcess {
  return started(options);
}

/**
 * Resolves when the URL answers 200, with the time since `since` (`performance.now()`), in ms.
 * @throws Error with the end of the log if the program ends first, or does not answer within a minute.
 */
export async function untilReady(
  url: string,
  { program, logFile, since }: { program: StartedProcess; logFile: string; since: number },
): Promise<number> {
  const deadline = since + 60_000;
  const poll = async () => {
    for (;;) {
      const ready = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
      if (ready) return performance.now() - since;
      if (performance.now() > deadline) throw new Error(`${url} did not answer 200 within a minute`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return Promise.race([poll(), endedEarly(program, logFile)]);
}

function started(options: ProcessOptions): StartedProcess {
  const program = startProcess(options);
  killAtExit(program);
  return program;
}
