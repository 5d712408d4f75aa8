import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of one server, for tests of network failures. */
export interface TcpProxy {
  port: number;
  /** Holds back every byte in both directions without closing connections, like a server that hangs. */
  hang(): void;
  /** Forwards the bytes held back, and everything after them. */
  resume(): void;
  /** Refuses new connections and cuts open ones, like a server that is down. */
  cut(): void;
  /** Accepts connections again. */
  mend(): void;
  /** Resets a share of the open connections (1: all); new ones are accepted. Returns how many it reset. */
  reset(share: number): number;
  /** Delays every byte by this many ms in both directions; 0 ends the delay. */
  delay(delayMs: number): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback address. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let delayMs = 0;
  let hanging = false;
  let gone = false;
  const server = createServer((client) => {
    if (gone) return void client.destroy();
    const upstream = connect(target);
    clients.add(client);
    client.on('close', () => clients.delete(client));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      const pass = createPasser(to);
      from.on('data', (chunk) => pass(chunk, delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (hanging) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hang() {
      hanging = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      hanging = false;
      for (const socket of sockets) socket.resume();
    },
    cut() {
      gone = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      gone = false;
    },
    reset(share) {
      const chosen = [...clients].filter((_, index, all) => index < Math.ceil(all.length * share));
      for (const client of chosen) client.resetAndDestroy();
      return chosen.length;
    },
    delay(ms) {
      delayMs = ms;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Writes chunks to a socket in order, each after its delay. */
function createPasser(to: Socket): (chunk: Buffer, delayMs: number) => void {
  const waiting: { chunk: Buffer; dueAt: number }[] = [];
  // One timer for the first waiting chunk, because timers of different lengths may fire out of order.
  const passDue = () => {
    while (waiting[0] && waiting[0].dueAt <= performance.now()) {
      const chunk = waiting.shift()?.chunk;
      if (chunk && !to.destroyed) to.write(chunk);
    }
    if (waiting[0]) setTimeout(passDue, Math.ceil(waiting[0].dueAt - performance.now()));
  };
  return (chunk, delayMs) => {
    if (delayMs === 0 && waiting.length === 0) return void to.write(chunk);
    waiting.push({ chunk, dueAt: performance.now() + delayMs });
    if (waiting.length === 1) setTimeout(passDue, delayMs);
  };
}
