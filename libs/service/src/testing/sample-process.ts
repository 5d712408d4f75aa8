import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';

const script = join(import.meta.dirname, 'sample-main.ts');
const running: ChildProcess[] = [];

/** Starts the sample service as a process on free ports; `stopSamples` ends it. */
export function startSample(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PORT: '0', METRICS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const logged = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string; level: string; port?: number });
  return {
    child,
    logged,
    output: () => output,
    exited: once(child, 'close').then(([code]) => code as number | null),
    /** URL of the public port, once the process listens. */
    async url(): Promise<string> {
      const line = () => logged().find(({ msg }) => msg === 'listening');
      await eventuallyPasses('the service logs that it listens', () => expect(line()).toBeDefined(), {
        timeoutMs: 30_000,
      });
      return `http://127.0.0.1:${line()?.port}`;
    },
  };
}

/** Kills every process of `startSample`. */
export function stopSamples(): void {
  for (const child of running.splice(0)) child.kill('SIGKILL');
}
