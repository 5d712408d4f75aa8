import type { StartedProcess } from './processes.ts';

/** One server of the stack. Its port and data stay the same when it is stopped and started again. */
export interface StackPart {
  name: string;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Stops it gracefully. */
  stop(): Promise<void>;
  /** The running process, for tests that pause or kill it. */
  process?: StartedProcess;
}

/** What the stack provides to its parts. */
export interface PartContext {
  home: string;
  dataDir: string;
  logDir: string;
  repo: string;
  /** Records a process, so that a later run can stop it if this one crashes. */
  started(process: StartedProcess): void;
  /** Aborted when the stack is being stopped; nothing may be started afterwards. */
  signal: AbortSignal;
  /** Records a folder outside of `home`. */
  outside(folder: string): void;
}
