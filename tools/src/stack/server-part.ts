import { join } from 'node:path';
import type { PartContext, StackPart } from './part.ts';
import { waitForPort } from './ports.ts';
import { endedEarly, startProcess, stopProcess } from './processes.ts';

/** A server that is one process and answers once its port accepts connections. Its log is `<logDir>/<name>.log`. */
export function createServerPart(
  context: PartContext,
  server: {
    name: string;
    command: string;
    args: string[];
    env: NodeJS.ProcessEnv;
    cwd: string;
    port: number;
  },
): StackPart {
  const { port, ...program } = server;
  const logFile = join(context.logDir, `${server.name}.log`);
  const part: StackPart = {
    name: server.name,
    async start() {
      const child = startProcess({ ...program, env: { ...process.env, ...server.env }, logFile });
      context.started(child);
      part.process = child;
      await Promise.race([waitForPort(port, 20_000), endedEarly(child, logFile)]);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 10_000);
    },
  };
  return part;
}
