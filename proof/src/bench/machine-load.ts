import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { descendantsOf } from '@lms/tools/stack/process-table';
import { ticksOf } from './cpu-time.ts';

/** Load of the machine during a measurement, and the share caused by other programs. */
export interface MachineLoad {
  /** Share of all cores that was used, 0 to 1. */
  busy: number;
  /** Share of all cores that other programs used; null if the system does not report it. */
  others: number | null;
  loadAverage: number;
}

/** Starts measuring; call the returned function at the end. Without /proc, `others` is null. */
export function startMachineLoad(): () => MachineLoad {
  const before = sample();
  return () => {
    const after = sample();
    const loadAverage = loadavg()[0] ?? 0;
    if (!before || !after) return { busy: Number.NaN, others: null, loadAverage };
    const total = after.total - before.total;
    const busy = (after.busy - before.busy) / total;
    const own = (after.own - before.own) / total;
    return { busy, others: Math.max(0, busy - own), loadAverage };
  };
}

/** Describes the load in one readable line. */
export function describeLoad({ busy, others, loadAverage }: MachineLoad): string {
  if (others === null) return `${cpus().length} cores, load average ${loadAverage.toFixed(1)}`;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return `${cpus().length} cores ${percent(busy)} busy, ${percent(others)} by others, load average ${loadAverage.toFixed(1)}`;
}

/** Clock ticks since boot: of all cores, used by any process, and used by this process and its descendants. */
function sample(): { total: number; busy: number; own: number } | undefined {
  try {
    const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .slice(1, 9)
      .map(Number);
    const total = fields.reduce((sum, ticks) => sum + ticks, 0);
    const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
    const own = [process.pid, ...descendantsOf(process.pid)].reduce(
      (sum, pid) => sum + (ticksOf(pid) ?? 0),
      0,
    );
    return { total, busy: total - idle, own };
  } catch {
    return undefined;
  }
}
