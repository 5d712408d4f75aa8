import { readFileSync } from 'node:fs';
import { descendantsOf } from '@lms/tools/stack/process-table';

/** Linux counts in hundredths of a second on every architecture that Node.js supports. */
const microsecondsPerTick = 10_000;

/**
 * CPU time that a process and its descendants have used so far, in µs, in steps of 10 ms. Includes descendants that have ended and
 * were waited for, such as PostgreSQL's closed connections.
 * @throws Error if the process has ended, because its time would be missing.
 */
export function cpuTimeOf(pid: number): number {
  const ticks = [pid, ...descendantsOf(pid)].map((each) => ticksOf(each));
  if (ticks[0] === undefined) throw new Error(`process ${pid} has ended`);
  return ticks.reduce<number>((sum, each) => sum + (each ?? 0), 0) * microsecondsPerTick;
}

/** Memory of one process that is in RAM (VmRSS), in MiB. */
export function residentMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** User and system time of a process and of its children that were waited for; undefined if it does not exist. */
export function ticksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    return undefined;
  }
}
