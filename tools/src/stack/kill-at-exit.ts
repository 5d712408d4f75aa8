import type { StartedProcess } from './processes.ts';

const started = new Set<StartedProcess>();
let listening = false;

/**
 * Kills a process when this one ends for any reason except SIGKILL, because a run that crashes must not leave
 * servers behind.
 */
export function killAtExit(child: StartedProcess): void {
  if (!listening) {
    listening = true;
    // Runs before listeners that delete the data of these processes.
    process.prependListener('exit', () => {
      for (const { signal } of started) signal('SIGKILL');
    });
  }
  started.add(child);
  void child.exited.then(() => started.delete(child));
}
