import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartContext, StackPart } from './part.ts';
import { type StartedProcess, sizeOf, startProcess, stopProcess, tailOf } from './processes.ts';
import { SetupError } from './progress.ts';
import { readable } from './service-logs.ts';

export const serviceNames = ['auth', 'content', 'media', 'ai', 'status'] as const;
export type ServiceName = (typeof serviceNames)[number];

const main = (context: PartContext, service: string) =>
  join(context.repo, 'services', service, 'src/main.ts');

/** Runs a one-shot mode such as `migrate`; throws with its last output when it fails. */
export async function runOnce(
  context: PartContext,
  options: { service: ServiceName; mode: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const { service, mode, env } = options;
  const child = spawn(process.execPath, [main(context, service), mode], {
    cwd: join(context.repo, 'services', service),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
    signal: context.signal,
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => output.push(error.message));
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new SetupError(`${service} ${mode} failed:\n${lastMessages(output.join(''))}`);
}

/** The readable end of a program's output: warnings and errors of log lines, and other lines unchanged. */
export function lastMessages(output: string): string {
  const lines = output.trim().split('\n');
  const messages = lines.map((line) => (line.startsWith('{') ? readable(line) : line));
  return messages
    .filter((line) => line !== null)
    .slice(-8)
    .join('\n');
}

/** A service as a part of the stack. With `watch` it restarts when its code, or a lib's, changes. */
export function createServicePart(
  context: PartContext,
  options: { service: string; port: number; env: NodeJS.ProcessEnv; watch: boolean; entry?: string },
): StackPart {
  const { service, port, entry = main(context, service) } = options;
  const logFile = join(context.logDir, `${service}.log`);
  const watch = options.watch ? ['--watch', '--watch-preserve-output'] : [];
  const part: StackPart = {
    name: service,
    async start() {
      const logFrom = sizeOf(logFile);
      const child = startProcess({
        name: service,
        command: process.execPath,
        args: [...watch, entry, 'all'],
        cwd: join(entry, '../..'),
        env: options.env,
        logFile,
      });
      context.started(child);
      part.process = child;
      await waitUntilReady({ service, port, child, logFile, logFrom });
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 40_000);
    },
  };
  return part;
}

async function waitUntilReady(started: {
  service: string;
  port: number;
  child: StartedProcess;
  logFile: string;
  logFrom: number;
}): Promise<void> {
  const { service, port, child, logFile, logFrom } = started;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    // With --watch the watching process continues when the service has ended.
    const failed = child.hasExited() || readFileSync(logFile).subarray(logFrom).includes('\nFailed running ');
    if (failed || Date.now() > deadline) {
      throw new Error(`The ${service} service did not become ready:\n${tailOf(logFile)}`);
    }
    await sleep(100);
  }
}
