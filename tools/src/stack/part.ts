import type { StartedProcess } from './processes.ts';

/** One server of the stack. Its port and data stay the same when it is stopped and started again. */
export interface StackPart {
  name: string;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it in its own orderly way. */
  stop(): Promise<void>;
  /** The running process; for pausing and killing it in tests of what happens then. */
  process?: StartedProcess;
}

/** What the stack provides to its parts. */
export interface PartContext {
  home: string;
  dataDir: string;
  logDir: string;
  repo: string;
  /** Remembers a process, so that a later run can stop it whatever happens to this one. */
  started(process: StartedProcess): void;
  /** Aborted when the stack is being stopped; nothing may be started any more. */
  signal: AbortSignal;
  /** Remembers a folder outside of `home`. */
  outside(folder: string): void;
}
