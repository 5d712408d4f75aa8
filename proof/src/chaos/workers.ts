import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureOptions, type FixtureReport, fixtureServiceProgram } from '@lms/events/testing';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import { type StartedProcess, startProcess, stopProcess } from '@lms/tools/stack/processes';

/** One place for a process of the fixture service: when it was killed, the next one takes it. */
export interface Worker {
  name: string;
  process: StartedProcess | undefined;
  start(): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL after 20 s. */
  stop(): Promise<void>;
  /** Of all processes that had this place. */
  reports(): FixtureReport[];
}

/** Makes a worker, not yet started. `options` may change between two processes. */
export function createWorker(worker: {
  name: string;
  home: string;
  options: () => Omit<FixtureOptions, 'reportFile'>;
}): Worker {
  const { name, home } = worker;
  const reportFiles: string[] = [];
  const self: Worker = {
    name,
    process: undefined,
    start() {
      const reportFile = join(home, 'logs', `${name}-${reportFiles.length}.json`);
      reportFiles.push(reportFile);
      const options: FixtureOptions = { ...worker.options(), reportFile };
      self.process = startProcess({
        name,
        command: process.execPath,
        args: [fixtureServiceProgram, JSON.stringify(options)],
        cwd: home,
        logFile: join(home, 'logs', `${name}.log`),
      });
      killAtExit(self.process);
    },
    async kill() {
      self.process?.signal('SIGKILL');
      await self.process?.exited;
    },
    async stop() {
      if (self.process) await stopProcess(self.process, 20_000);
    },
    reports: () =>
      reportFiles
        .filter((file) => existsSync(file))
        .map((file) => JSON.parse(readFileSync(file, 'utf8')) as FixtureReport),
  };
  return self;
}
