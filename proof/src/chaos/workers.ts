import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureOptions, type FixtureReport, fixtureServiceProgram } from '@lms/events/testing';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import { endedEarly, type StartedProcess, startProcess, stopProcess } from '@lms/tools/stack/processes';

/** A slot for a process of the fixture service; a new process replaces one that was killed. */
export interface Worker {
  name: string;
  process: StartedProcess | undefined;
  start(): void;
  /** Sends SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
  /** Sends SIGTERM once it is ready, and SIGKILL 20 s later. @throws Error if it never becomes ready. */
  stop(): Promise<void>;
  /**
   * Tells it to stop writing once it is ready; resolves when its last write is committed or has failed.
   * @throws Error with the end of its log if it never becomes ready, does not reply or ends instead.
   */
  stopWriting(): Promise<void>;
  /** Rejects with the end of the log if one of its processes cannot be started or ends by itself. */
  died: Promise<never>;
  /** Totals of all processes that had this slot. */
  reports(): FixtureReport[];
}

/** Creates a worker without starting it. `options` may change between two processes. */
export function createWorker(worker: {
  name: string;
  home: string;
  options: () => Omit<FixtureOptions, 'reportFile'>;
  /** Tests use another program than the fixture service. */
  program?: string;
  /** Maximum time from the start of a process until it is ready. */
  readyTimeoutMs?: number;
}): Worker {
  const { name, home, program = fixtureServiceProgram, readyTimeoutMs = 90_000 } = worker;
  const logFile = join(home, 'logs', `${name}.log`);
  const reportFiles: string[] = [];
  const { promise: died, reject: reportDeath } = Promise.withResolvers<never>();
  died.catch(() => undefined); // Reported where `died` is awaited, if anywhere.
  const self: Worker = {
    name,
    process: undefined,
    died,
    start() {
      const reportFile = join(home, 'logs', `${name}-${reportFiles.length}.json`);
      reportFiles.push(reportFile);
      const options: FixtureOptions = { ...worker.options(), reportFile };
      const started = startProcess({
        ...{ name, logFile, cwd: home, command: process.execPath, reports: true },
        args: [program, JSON.stringify(options)],
      });
      self.process = started;
      killAtExit(started);
      endedEarly(started, logFile).catch((error) => {
        if (!started.wasSignalled()) reportDeath(error);
      });
    },
    async kill() {
      self.process?.signal('SIGKILL');
      await self.process?.exited;
    },
    async stop() {
      if (!self.process) return;
      await self.process.reported('ready', readyTimeoutMs);
      await stopProcess(self.process, 20_000);
    },
    async stopWriting() {
      await self.process?.reported('ready', readyTimeoutMs);
      self.process?.signal('SIGUSR2');
      await self.process?.reported('wrote', readyTimeoutMs);
    },
    reports: () =>
      reportFiles
        .filter((file) => existsSync(file))
        .map((file) => JSON.parse(readFileSync(file, 'utf8')) as FixtureReport),
  };
  return self;
}
