import { createServer } from 'node:net';

/** True when nothing listens on the port, on this machine's loopback or on all its addresses. */
export async function isPortFree(port: number): Promise<boolean> {
  const tryListen = (host: string) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    });
  return (await tryListen('127.0.0.1')) && (await tryListen('0.0.0.0'));
}

/** Hands out ports, each once: remembered ones while they are free, else preferred, else the next free one. */
export function createPortChooser(options: {
  remembered: Record<string, number>;
  mode: 'preferred' | 'free';
}) {
  const given = new Set<number>();
  const chosen: Record<string, number> = {};
  // A test stack keeps away from the ports that a developer's stack prefers.
  const shift = options.mode === 'free' ? 20_000 + Math.floor(Math.random() * 15_000) : 0;
  return {
    chosen,
    async choose(name: string, preferred: number): Promise<number> {
      const candidates = [options.remembered[name] ?? preferred + shift, preferred + shift];
      for (let port = preferred + shift + 1; port < preferred + shift + 300; port += 1) candidates.push(port);
      for (const port of candidates) {
        if (given.has(port) || !(await isPortFree(port))) continue;
        given.add(port);
        chosen[name] = port;
        return port;
      }
      throw new Error(`No free port for ${name} near ${preferred + shift}.`);
    },
  };
}

/** Waits until something accepts connections on the port; throws after `timeoutMs`. */
export async function waitForPort(port: number, timeoutMs: number, host = '127.0.0.1'): Promise<void> {
  const { connect } = await import('node:net');
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host, timeout: 1_000 });
      const end = (result: boolean) => {
        socket.destroy();
        resolve(result);
      };
      socket.once('connect', () => end(true));
      socket.once('error', () => end(false));
      socket.once('timeout', () => end(false));
    });
    if (open) return;
    if (Date.now() > deadline)
      throw new Error(`nothing answers on ${host}:${port} after ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
