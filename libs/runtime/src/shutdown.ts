import type { Server } from 'node:http';
import { createTerminus } from '@godaddy/terminus';
import type { Logger } from './logger.ts';

/**
 * Adds `/livez`, `/readyz` and an orderly shutdown to a server: on SIGTERM or SIGINT, readiness returns 503, streams
 * are asked to end (`beforeDrain`), no more connections are accepted, requests in flight may take `timeoutMs`, and
 * then `close` runs. A second signal has no effect; the orchestrator can send SIGKILL.
 */
export function handleSignals(
  server: Server,
  options: {
    log: Logger;
    timeoutMs: number;
    ready: () => Promise<unknown>;
    beforeDrain: () => void;
    close: () => Promise<void>;
  },
): void {
  createTerminus(server, {
    signals: ['SIGTERM', 'SIGINT'],
    useExit0: true,
    timeout: options.timeoutMs,
    statusOkResponse: { status: 'up' },
    statusErrorResponse: { status: 'down' },
    healthChecks: {
      '/livez': async () => undefined,
      '/readyz': async () => {
        await options.ready();
      },
    },
    beforeShutdown: async () => {
      options.log.info('draining');
      options.beforeDrain();
    },
    onSignal: options.close,
    onShutdown: async () => options.log.info('stopped'),
    logger: (message, err) => options.log.warn({ err }, message),
  });
}

/** Runs steps in sequence, each with its own time limit; a step that fails or hangs is logged and skipped. */
export async function closeInOrder(
  log: Logger,
  steps: { name: string; timeoutMs: number; close: () => Promise<void> }[],
): Promise<void> {
  for (const step of steps) {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${step.timeoutMs} ms`)), step.timeoutMs);
    });
    try {
      await Promise.race([step.close(), limit]);
    } catch (err) {
      log.error({ err, step: step.name }, 'a shutdown step failed');
    } finally {
      clearTimeout(timer);
    }
  }
}
