import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import type { PartContext, StackPart } from './part.ts';
import { createPortChooser } from './ports.ts';
import { createServicePart, runOnce } from './services.ts';

const home = mkdtempSync(join(tmpdir(), 'lms-services-'));
const repo = join(home, 'repo');
const entry = join(repo, 'services/auth/src/main.ts');
mkdirSync(join(repo, 'services/auth/src'), { recursive: true });
mkdirSync(join(home, 'logs'));

const context: PartContext = {
  home,
  repo,
  dataDir: join(home, 'data'),
  logDir: join(home, 'logs'),
  signal: new AbortController().signal,
  started: () => undefined,
  outside: () => undefined,
};
const env = (port: number) => ({ PATH: process.env.PATH, PORT: String(port) });
const answering = (text: string) => `
import { createServer } from 'node:http';
const text: string = '${text}';
createServer((req, res) => res.end(text)).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

let part: StackPart | undefined;
afterEach(() => part?.stop());
afterAll(() => rmSync(home, { recursive: true }));

async function start(code: string, watch: boolean): Promise<string> {
  writeFileSync(entry, code);
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const port = await ports.choose('auth', 3_001);
  part = createServicePart(context, { service: 'auth', port, env: env(port), watch });
  await part.start();
  return `http://127.0.0.1:${port}`;
}

it('has started when the service reports that it is ready', async () => {
  const url = await start(answering('one'), false);
  expect(await (await fetch(url)).text()).toBe('one');
  expect(part?.process?.hasExited()).toBe(false);
});

it('says why a service did not become ready', async () => {
  await expect(start("throw new Error('no such luck');", false)).rejects.toThrow(
    /The auth service did not become ready:[\s\S]*no such luck/,
  );
});

it('says so with --watch too, where the watching process continues', async () => {
  await expect(start("throw new Error('no luck either');", true)).rejects.toThrow(/no luck either/);
});

it('restarts a service when its code changes, also after a syntax error', async () => {
  const url = await start(answering('one'), true);
  const say = (text: string) =>
    eventuallyPasses(
      `an answer of '${text}'`,
      async () =>
        expect(
          await fetch(url).then(
            (response) => response.text(),
            () => '',
          ),
        ).toBe(text),
      { timeoutMs: 20_000 },
    );
  writeFileSync(entry, answering('two'));
  await say('two');
  writeFileSync(entry, 'this is no code (');
  await eventuallyPasses(
    'the log of auth shows the syntax error',
    () =>
      expect(readFileSync(join(home, 'logs/auth.log'), 'utf8')).toMatch(/SyntaxError[\s\S]*Failed running /),
    { timeoutMs: 20_000 },
  );
  writeFileSync(entry, answering('three'));
  await say('three');
});

it('runs a one-shot mode with its environment, and shows its last output if it fails', async () => {
  writeFileSync(entry, `if (process.env.PORT !== '7' || process.argv[2] !== 'migrate') process.exit(9);`);
  await runOnce(context, { service: 'auth', mode: 'migrate', env: env(7) });
  writeFileSync(
    entry,
    `console.log('{"level":"fatal","msg":"migrate failed","err":{"message":"no table"}}'); process.exit(1);`,
  );
  await expect(runOnce(context, { service: 'auth', mode: 'migrate', env: env(7) })).rejects.toThrow(
    /auth migrate failed:[\s\S]*no table/,
  );
});
