import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessMark } from './processes.ts';

/** State of a stack in `<home>/state.json` (readable only by its owner). */
export interface StackState {
  ports: Record<string, number>;
  secrets: Record<string, string>;
  /** All started processes in the order of their start, the supervisor first. */
  processes: ProcessMark[];
  status: 'stopped' | 'starting' | 'ready' | 'failed';
  urls?: { base: string; inbox?: string };
  /** Environment of the services, for tools such as `npm run events`. */
  env?: Record<string, string>;
  /** URL at which `npm run part` reaches the supervisor. */
  controlUrl?: string;
  /** Folders outside of `home` that `--purge` deletes too. */
  outside?: string[];
}

export interface StateFile {
  read(): StackState;
  update(change: Partial<StackState>): void;
}

export function openState(home: string): StateFile {
  mkdirSync(join(home, 'logs'), { recursive: true });
  const path = join(home, 'state.json');
  const read = (): StackState => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as StackState;
    } catch {
      return { ports: {}, secrets: {}, processes: [], status: 'stopped' };
    }
  };
  return {
    read,
    update(change) {
      const next = { ...read(), ...change };
      writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      chmodSync(`${path}.new`, 0o600);
      renameSync(`${path}.new`, path);
    },
  };
}

/** Secrets of a local stack, generated on the first start and then kept. */
export function localSecrets(state: StateFile): Record<string, string> {
  const names = ['postgres', 's3', 'jwtAccess', 'jwtRefresh'];
  const known = state.read().secrets;
  const secrets = Object.fromEntries(
    names.map((name) => [name, known[name] ?? randomBytes(32).toString('base64url')]),
  );
  state.update({ secrets });
  return secrets;
}
