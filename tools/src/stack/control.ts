import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StackPart } from './part.ts';

export const partActions = ['start', 'stop', 'restart', 'kill', 'pause', 'resume'] as const;
export type PartAction = (typeof partActions)[number];

/** Performs an action on a part of the stack; resolves when it is done (`start`: when the part answers). */
export async function controlPart(part: StackPart, action: PartAction): Promise<void> {
  const running = part.process && !part.process.hasExited();
  switch (action) {
    case 'start':
      if (!running) await part.start();
      return;
    case 'stop':
      return part.stop();
    case 'restart':
      await part.stop();
      return part.start();
    case 'kill':
      part.process?.signal('SIGKILL');
      await part.process?.exited;
      return;
    case 'pause':
      return part.process?.signal('SIGSTOP');
    case 'resume':
      return part.process?.signal('SIGCONT');
  }
}

/**
 * Lets other processes of this machine control the parts of a stack: `POST <url>/parts/<name>/<action>`
 * answers 204 when it is done, `GET <url>/parts` names the parts and whether they run. The URL holds a
 * secret, so that no web page can guess it.
 */
export async function serveStackControl(stack: {
  parts: StackPart[];
}): Promise<{ url: string; close: () => void }> {
  const secret = randomBytes(24).toString('base64url');
  const server = createServer((req, res) => {
    const [, given = '', ...path] = (req.url ?? '').split('/');
    if (!sameText(given, secret) || path.shift() !== 'parts') return void res.writeHead(404).end();
    if (req.method === 'GET') {
      const parts = stack.parts.map((part) => ({
        name: part.name,
        running: part.process?.hasExited() === false,
      }));
      return void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(parts));
    }
    const [name, action] = path;
    const part = stack.parts.find((candidate) => candidate.name === name);
    if (!part || req.method !== 'POST' || !isAction(action)) {
      return void res.writeHead(404).end(`Unknown part "${name}" or action "${action}".`);
    }
    controlPart(part, action).then(
      () => res.writeHead(204).end(),
      (error: Error) => res.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    close: () => void server.close(),
  };
}

function isAction(text: string | undefined): text is PartAction {
  return (partActions as readonly (string | undefined)[]).includes(text);
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
