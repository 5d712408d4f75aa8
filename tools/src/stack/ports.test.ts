import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { acceptsConnections, createPortChooser, waitForPort } from './ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listenOn(port: number, host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
  return (server.address() as { port: number }).port;
}

it.each(['127.0.0.1', '0.0.0.0'])('a port taken on %s is not free', async (host) => {
  const port = await listenOn(0, host);
  const chooser = createPortChooser({ remembered: { s3: port }, mode: 'preferred' });
  expect(await chooser.choose('s3', port)).not.toBe(port);
});

it('uses the preferred port, or the next free one if it is taken', async () => {
  const taken = await listenOn(0, '127.0.0.1');
  const chooser = createPortChooser({ remembered: {}, mode: 'preferred' });
  const chosen = await chooser.choose('redis', taken);
  expect(chosen).toBeGreaterThan(taken);
  expect(await listenOn(chosen, '0.0.0.0')).toBe(chosen);
  expect(chooser.chosen).toEqual({ redis: chosen });
});

it('hands out each port once', async () => {
  const free = await listenOn(0, '127.0.0.1');
  servers.pop()?.close();
  const chooser = createPortChooser({ remembered: {}, mode: 'preferred' });
  const ports = [
    await chooser.choose('a', free),
    await chooser.choose('b', free),
    await chooser.choose('c', free),
  ];
  expect(new Set(ports).size).toBe(3);
});

it('remembers the port of the last run while it is free', async () => {
  const last = await listenOn(0, '127.0.0.1');
  const again = createPortChooser({ remembered: { s3: last }, mode: 'preferred' });
  expect(await again.choose('s3', 20_000)).not.toBe(last);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const later = createPortChooser({ remembered: { s3: last }, mode: 'preferred' });
  expect(await later.choose('s3', 20_000)).toBe(last);
});

it('chooses ports for a test stack that are not preferred by a developer’s stack, below those of clients', async () => {
  const chooser = createPortChooser({ remembered: {}, mode: 'free' });
  for (const preferred of [1025, 5432, 8080, 9468]) {
    const port = await chooser.choose(String(preferred), preferred);
    expect(port).toBeGreaterThanOrEqual(preferred + 10_000);
    expect(port).toBeLessThan(32_768);
  }
});

it('checks whether a port accepts connections, and waits for it', async () => {
  const port = await listenOn(0, '127.0.0.1');
  expect(await acceptsConnections({ host: '127.0.0.1', port, timeoutMs: 500 })).toBe(true);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await acceptsConnections({ host: '127.0.0.1', port, timeoutMs: 500 })).toBe(false);
  await expect(waitForPort(port, 100)).rejects.toThrow(`nothing accepts connections on port ${port}`);
  setTimeout(() => void listenOn(port, '127.0.0.1'), 150);
  await waitForPort(port, 20_000);
});
