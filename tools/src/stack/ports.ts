import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';

export interface PortChooser {
  /** Every port handed out so far, by name. */
  chosen: Record<string, number>;
  choose(name: string, preferred: number): Promise<number>;
}

/** Allocates ports, each once: the stored one if it is free, otherwise the preferred one or the next free one. */
export function createPortChooser(options: {
  remembered: Record<string, number>;
  mode: 'preferred' | 'free';
}): PortChooser {
  const chosen: Record<string, number> = {};
  // A test stack avoids the ports that a developer's stack prefers, and stays below those that the kernel assigns
  // to clients.
  const shift = options.mode === 'free' ? 10_000 + Math.floor(Math.random() * 13_000) : 0;
  return {
    chosen,
    async choose(name, preferred) {
      const first = preferred + shift;
      const next = Array.from({ length: 300 }, (_, index) => first + index);
      const port = await getPort({
        port: [options.remembered[name] ?? first, ...next],
        exclude: Object.values(chosen),
      });
      chosen[name] = port;
      return port;
    },
  };
}

/** True if something accepts a connection within `timeoutMs`. */
export function acceptsConnections(address: {
  host: string;
  port: number;
  timeoutMs: number;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port, timeout: address.timeoutMs });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Waits until something accepts connections on the port of this machine; throws after `timeoutMs`. */
export async function waitForPort(port: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await acceptsConnections({ host: '127.0.0.1', port, timeoutMs: 1_000 }))) {
    if (Date.now() > deadline)
      throw new Error(`nothing accepts connections on port ${port} after ${timeoutMs / 1000} s`);
    await sleep(50);
  }
}
