import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

// Linux is read from /proc, because small images have no `ps`.
const fromProc = process.platform === 'linux';

/** Start time of a process according to the kernel; undefined if it does not exist or is a zombie. */
export function startTimeOf(pid: number): string | undefined {
  if (fromProc) {
    const fields = statOf(pid);
    return fields && fields[0] !== 'Z' ? fields[19] : undefined;
  }
  return ps(['-o', 'lstart=', '-p', String(pid)]).trim() || undefined;
}

/** All descendants of a process. */
export function descendantsOf(pid: number): number[] {
  const parents = fromProc ? parentsFromProc() : parentsFromPs();
  const found = [pid];
  for (const parent of found) {
    for (const [child, itsParent] of parents) if (itsParent === parent) found.push(child);
  }
  return found.slice(1);
}

function parentsFromProc(): [number, number][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => [Number(pid), Number(statOf(Number(pid))?.[1] ?? 0)]);
}

function parentsFromPs(): [number, number][] {
  const rows = ps(['-A', '-o', 'pid=,ppid=']).trim().split('\n');
  return rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
}

/** Fields of /proc/<pid>/stat from the state on; the name before them may contain spaces. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ps(args: string[]): string {
  return spawnSync('ps', args, { encoding: 'utf8', timeout: 5_000 }).stdout ?? '';
}
