import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** True when a server could listen on the port, on the loopback addresses and on all addresses. */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nothing there that could be in the way.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(host.includes(':') && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code ?? '')),
    );
    server.listen({ port, host, ipv6Only: host.includes(':') }, () => server.close(() => resolve(true)));
  });
}

export interface PortChooser {
  /** Every port handed out so far, by name. */
  chosen: Record<string, number>;
  choose(name: string, preferred: number): Promise<number>;
}

/** Hands out ports, each once: the remembered one while it is free, else the preferred, else the next free one. */
export function createPortChooser(options: {
  remembered: Record<string, number>;
  mode: 'preferred' | 'free';
}): PortChooser {
  const given = new Set<number>();
  const chosen: Record<string, number> = {};
  // A test stack keeps away from the ports that a developer's stack prefers, and stays under those that the
  // kernel gives to clients.
  const shift = options.mode === 'free' ? 10_000 + Math.floor(Math.random() * 13_000) : 0;
  return {
    chosen,
    async choose(name, preferred) {
      const first = preferred + shift;
      const next = Array.from({ length: 300 }, (_, index) => first + index);
      for (const port of [options.remembered[name] ?? first, ...next]) {
        if (given.has(port) || !(await isPortFree(port))) continue;
        given.add(port);
        chosen[name] = port;
        return port;
      }
      throw new Error(`No free port for ${name} near ${first}.`);
    },
  };
}

/** True when something accepts a connection within `timeoutMs`. */
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
    if (Date.now() > deadline) throw new Error(`nothing answers on port ${port} after ${timeoutMs / 1000} s`);
    await sleep(50);
  }
}
