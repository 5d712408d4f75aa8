import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { PartContext, StackPart } from './part.ts';
import { startProcess, stopProcess, tailOf } from './processes.ts';
import { SetupError } from './progress.ts';

export const serviceNames = ['auth', 'content', 'media', 'ai', 'status'] as const;
export type ServiceName = (typeof serviceNames)[number];

const main = (context: PartContext, service: string) =>
  join(context.repo, 'services', service, 'src/main.ts');

/**
 * Asks every service whether it could start with this environment.
 * @throws SetupError with each wrong variable named once.
 */
export async function checkConfigs(
  context: PartContext,
  envOf: (service: ServiceName) => NodeJS.ProcessEnv,
): Promise<void> {
  const outputs = await Promise.all(
    serviceNames.map((service) =>
      runService(context, { service, mode: 'check-config', env: envOf(service) }),
    ),
  );
  const lines = new Set<string>();
  for (const { code, stderr } of outputs) {
    if (code === 0) continue;
    for (const line of stderr.split('\n').filter((text) => text.startsWith('  '))) lines.add(line);
    if (lines.size === 0) lines.add(`  ${stderr.trim().slice(0, 2_000)}`);
  }
  if (lines.size > 0)
    throw new SetupError(['The configuration is wrong (.env or the environment):', ...lines].join('\n'));
}

/** Runs a one-shot mode such as `migrate`; throws with its last output when it fails. */
export async function runOnce(
  context: PartContext,
  options: { service: ServiceName; mode: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const { code, stdout, stderr } = await runService(context, options);
  if (code !== 0) {
    throw new Error(
      `${options.service} ${options.mode} failed:\n${`${stderr}\n${stdout}`.trim().split('\n').slice(-8).join('\n')}`,
    );
  }
}

function runService(
  context: PartContext,
  { service, mode, env }: { service: ServiceName; mode: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main(context, service), mode], {
      cwd: join(context.repo, 'services', service),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** A service as a part of the stack. With `watch` it restarts when its code, or a lib's, changes. */
export function createServicePart(
  context: PartContext,
  options: { service: ServiceName; port: number; env: NodeJS.ProcessEnv; watch: boolean; entry?: string },
): StackPart {
  const { service, port } = options;
  const logFile = join(context.logDir, `${service}.log`);
  const watch = options.watch ? ['--watch', '--watch-preserve-output'] : [];
  const part: StackPart = {
    name: service,
    async start() {
      const child = startProcess({
        name: service,
        command: process.execPath,
        args: [...watch, '--enable-source-maps', options.entry ?? main(context, service), 'all'],
        cwd: join(context.repo, 'services', service),
        env: options.env,
        logFile,
      });
      context.started(child);
      part.process = child;
      await waitUntilReady(service, port, child, logFile);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 'SIGTERM', 40_000);
    },
  };
  return part;
}

async function waitUntilReady(
  service: string,
  port: number,
  child: { hasExited(): boolean },
  logFile: string,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (child.hasExited() || Date.now() > deadline) {
      throw new Error(`The ${service} service did not become ready:\n${tailOf(logFile)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
