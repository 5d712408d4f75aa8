import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { serveStackControl } from './control.ts';
import type { StackPart } from './part.ts';
import { startProcess, stopProcess } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'lms-control-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A part with a process that does nothing. */
function createPart(name: string): StackPart {
  const part: StackPart = {
    name,
    async start() {
      part.process = startProcess({
        name,
        command: process.execPath,
        args: ['-e', 'setInterval(() => {}, 1000)'],
        cwd: folder,
        logFile: join(folder, 'part.log'),
      });
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 1_000);
    },
  };
  return part;
}

const redis = createPart('redis');
afterEach(() => redis.stop());

it('starts, kills, restarts and lists parts', async () => {
  const control = await serveStackControl({ parts: [redis] });
  const post = async (path: string) =>
    (await fetch(`${control.url}/parts/${path}`, { method: 'POST' })).status;
  const list = async () => (await fetch(`${control.url}/parts`)).json();
  expect(await list()).toEqual([{ name: 'redis', running: false }]);
  expect(await post('redis/start')).toBe(204);
  const first = redis.process?.pid;
  expect(await post('redis/start')).toBe(204);
  expect(redis.process?.pid).toBe(first);
  expect(await post('redis/kill')).toBe(204);
  expect(await list()).toEqual([{ name: 'redis', running: false }]);
  expect(await post('redis/restart')).toBe(204);
  expect(await list()).toEqual([{ name: 'redis', running: true }]);
  expect(redis.process?.pid).not.toBe(first);
  expect([await post('kafka/start'), await post('redis/explode')]).toEqual([404, 404]);
  control.close();
});

it('refuses requests without its secret', async () => {
  const control = await serveStackControl({ parts: [redis] });
  const origin = new URL(control.url).origin;
  expect((await fetch(`${origin}/parts`)).status).toBe(404);
  expect((await fetch(`${origin}/${'x'.repeat(32)}/parts`)).status).toBe(404);
  control.close();
});

it('does not keep its process alive', async () => {
  const script = `import('${join(import.meta.dirname, 'control.ts')}').then(({ serveStackControl }) => serveStackControl({ parts: [] }))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore', timeout: 20_000 });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
