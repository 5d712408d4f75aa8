import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stack } from '../stack/start-stack.ts';

/**
 * Lets tests in other processes stop, start, pause and kill parts of the stack:
 * `POST /parts/<name>/<stop|start|pause|resume|kill>` answers 204 when it is done.
 * @returns base URL and close.
 */
export async function serveStackControl(stack: Stack): Promise<{ url: string; close: () => void }> {
  const server = createServer((req, res) => {
    const [, name = '', action = ''] = /^\/parts\/(\w+)\/(\w+)$/.exec(req.url ?? '') ?? [];
    act(stack, name, action).then(
      () => res.writeHead(204).end(),
      (error: Error) => res.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

async function act(stack: Stack, name: string, action: string): Promise<void> {
  const part = stack.part(name);
  switch (action) {
    case 'start':
      return part.start();
    case 'stop':
      return part.stop();
    case 'kill':
      part.process?.signal('SIGKILL');
      await part.process?.exited;
      return;
    case 'pause':
      part.process?.signal('SIGSTOP');
      return;
    case 'resume':
      part.process?.signal('SIGCONT');
      return;
    default:
      throw new Error(`unknown action ${action}`);
  }
}
