import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from './eventually-passes.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
const sockets: Socket[] = [];
beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await proxy.close();
  echo.close();
});

async function dial(): Promise<{ socket: Socket; received: () => string; closed: Promise<string> }> {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('close', () => resolve('closed'));
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('hello ');
  await eventuallyPasses('the first half of the text', () => expect(text).toBe('hello '));
  return { socket, received: () => text, closed };
}

describe('the TCP proxy', () => {
  it('delays bytes and keeps their order, even when the delay is shortened in the meantime', async () => {
    const { socket, received } = await dial();
    const numbers = Array.from({ length: 200 }, (_, i) => `${i},`);
    const started = performance.now();
    for (const [index, number] of numbers.entries()) {
      proxy.delay(index < 100 ? 60 : 3);
      socket.write(number);
      if (index % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    proxy.delay(0);
    await eventuallyPasses('every byte, in order', async () =>
      expect(await received()).toBe(`hello ${numbers.join('')}`),
    );
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  it('resets a share of the connections', async () => {
    const [first, second] = [await dial(), await dial()];
    expect(proxy.reset(0.5)).toBe(1);
    expect(await first.closed).toBe('ECONNRESET');
    second.socket.write('there');
    await eventuallyPasses('the answer on the second connection', async () =>
      expect(await second.received()).toBe('hello there'),
    );
  });

  it('holds bytes back while it hangs, and refuses connections while it is cut', async () => {
    const { socket, received, closed } = await dial();
    proxy.hang();
    socket.write('again');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received()).toBe('hello ');
    proxy.resume();
    await eventuallyPasses('the answer after the pause', async () =>
      expect(await received()).toBe('hello again'),
    );
    proxy.cut();
    expect(await closed).toBe('closed');
    await expect(Promise.race([dial(), new Promise((_, no) => setTimeout(no, 100, 'no'))])).rejects.toBe(
      'no',
    );
    proxy.mend();
    await dial();
  });
});
