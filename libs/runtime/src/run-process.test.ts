import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';

const script = join(import.meta.dirname, 'testing/sample-process.ts');
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Started {
  /** These two are known once it listens. */
  url: string;
  internalUrl: string;
  output(): string;
  messages(): string[];
  exited: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

async function start(args: string[], env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { SAMPLE_SECRET: 'a-long-secret', PORT: '0', METRICS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return {
    url: '',
    internalUrl: '',
    output: () => output,
    messages: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    exited: once(child, 'close').then(([code]) => code as number | null),
    signal: (name) => child.kill(name),
  };
}

/** Waits for a line of the log; a process that ends first, or does not log it within 30 s, fails with its output. */
async function logged(service: Started, message: string): Promise<void> {
  let ended = false;
  void service.exited.then(() => {
    ended = true;
  });
  for (const deadline = Date.now() + 30_000; !service.messages().includes(message); await sleep(25))
    if (ended || Date.now() > deadline)
      throw new Error(`${ended ? 'it ended' : '30 s passed'} without "${message}":\n${service.output()}`);
}

async function listening(service: Started): Promise<void> {
  await logged(service, 'listening');
  const line = service
    .output()
    .split('\n')
    .find((text) => text.includes('"msg":"listening"'));
  const { port, metricsPort } = JSON.parse(line ?? '{}') as { port: number; metricsPort: number };
  service.url = `http://127.0.0.1:${port}`;
  service.internalUrl = `http://127.0.0.1:${metricsPort}`;
}

const get = (url: string) => fetch(url, { signal: AbortSignal.timeout(5_000) });

describe('start', () => {
  it('warms up before it is ready, except in a worker', async () => {
    const service = await start(['api']);
    await listening(service);
    expect(service.messages()).toEqual(['warm-up begun', 'listening']);
    const worker = await start(['worker']);
    await listening(worker);
    expect(worker.messages()).not.toContain('warm-up begun');
  });

  it.each(['fails', 'hangs'])('is ready even though its warm-up %s, and logs that', async (how) => {
    const service = await start(['api'], { SAMPLE_WARM_UP: how });
    await listening(service);
    expect((await get(`${service.url}/readyz`)).status).toBe(200);
    expect(service.output()).toContain('the warm-up failed; the first requests will take longer');
  });

  it('checks combinations of variables, before it starts and in check-config', async () => {
    for (const mode of ['all', 'check-config']) {
      const service = await start([mode], { SAMPLE_SECRET: 'long-but-taken' });
      expect(await service.exited).toBe(1);
      expect(service.output()).toMatch(/SAMPLE_SECRET: is taken/);
      expect(service.output()).not.toContain('long-but-taken');
    }
  });

  it('stops and names every invalid variable, without values', async () => {
    const service = await start([], { SAMPLE_SECRET: 'tiny', PORT: 'x', SAMPLE_READY: 'maybe' });
    expect(await service.exited).toBe(1);
    for (const name of ['SAMPLE_SECRET', 'PORT', 'SAMPLE_READY'])
      expect(service.output()).toContain(`${name}: `);
    expect(service.output()).not.toContain('tiny');
  });

  it('warns once of weak values in development, by name, and refuses them in staging', async () => {
    const env = { SAMPLE_SECRET: 'change_me' };
    const service = await start(['all'], env);
    await listening(service);
    const warnings = service
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: string; variables?: string[] })
      .filter(({ level }) => level === 'warn');
    expect(warnings).toEqual([expect.objectContaining({ variables: ['SAMPLE_SECRET'] })]);

    const checked = await start(['check-config'], env);
    expect(await checked.exited).toBe(0);
    expect(checked.output()).toBe(
      'Warning: SAMPLE_SECRET still has a development value; set a secret of your own\n',
    );

    const staging = await start(['all'], { ...env, NODE_ENV: 'staging' });
    expect(await staging.exited).toBe(1);
    expect(staging.output()).toContain('SAMPLE_SECRET: still has a development value');
    for (const { output } of [service, checked, staging]) expect(output()).not.toContain('change_me');
  });

  it('refuses an unknown mode, and lists the available ones', async () => {
    const service = await start(['dance']);
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain('all, api, worker, check-config, greet, fail');
  });

  it('runs a command and exits with 0 on success, or 1 with the reason in the log', async () => {
    const good = await start(['greet']);
    expect([await good.exited, good.messages()]).toEqual([0, ['hello']]);
    const bad = await start(['fail']);
    expect(await bad.exited).toBe(1);
    expect(bad.output()).toContain('fail failed');
    expect(bad.output()).not.toContain('hunter2');
  });

  it('serves liveness, readiness, metrics, health and OpenAPI', async () => {
    const service = await start(['api']);
    await listening(service);
    expect((await get(`${service.url}/livez`)).status).toBe(200);
    expect((await get(`${service.url}/readyz`)).status).toBe(200);
    expect(await (await get(`${service.internalUrl}/metrics`)).text()).toContain('nodejs_eventloop_lag');
    expect(await (await get(`${service.internalUrl}/health`)).json()).toMatchObject({ status: 'up' });
    expect(await (await get(`${service.internalUrl}/openapi.json`)).json()).toEqual({ openapi: '3.1.0' });
    expect((await get(`${service.internalUrl}/else`)).status).toBe(404);
    expect(service.messages()).not.toContain('relay started');
    expect(service.messages()).not.toContain('consumers started');
  });

  it('is alive but not ready when the database is behind, and reveals no address', async () => {
    const service = await start([], { SAMPLE_READY: 'no' });
    await listening(service);
    expect((await get(`${service.url}/livez`)).status).toBe(200);
    expect((await get(`${service.url}/readyz`)).status).toBe(503);
    const health = await get(`${service.internalUrl}/health`);
    const text = await health.text();
    expect([health.status, text.includes('10.0.0.1')]).toEqual([503, false]);
    expect(JSON.parse(text)).toMatchObject({
      dependencies: { database: { status: 'down', reason: 'unreachable' } },
    });
  });

  it('answers no business requests as a worker', async () => {
    const service = await start(['worker']);
    await listening(service);
    expect((await get(`${service.url}/`)).status).toBe(404);
    expect((await get(`${service.url}/readyz`)).status).toBe(200);
    expect(service.messages()).toContain('relay started');
    expect(service.messages()).toContain('consumers started');
  });
});

describe('end', () => {
  it('on SIGTERM finishes requests and streams, then stops and closes in order, and exits 0', async () => {
    const service = await start([]);
    await listening(service);
    const stream = await get(`${service.url}/stream`);
    const slow = get(`${service.url}/slow`);
    await logged(service, 'slow request begun');
    service.signal('SIGTERM');
    expect(await (await slow).text()).toBe('done');
    expect(await stream.text()).toBe('begun\nended\n');
    expect(await service.exited).toBe(0);
    const order = ['draining', 'relay stopped', 'consumers stopped', 'pools closed', 'stopped'];
    expect(service.messages().filter((message) => order.includes(message))).toEqual(order);
    await expect(get(`${service.url}/livez`)).rejects.toThrow();
  });

  it('exits cleanly on SIGTERM while it is still starting', async () => {
    const service = await start([], { SAMPLE_SLOW_START: 'yes' });
    await logged(service, 'consumers started');
    service.signal('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(service.messages()).toContain('pools closed');
    expect(service.messages()).not.toContain('listening');
    expect(service.output()).not.toContain('fatal');
  });

  it('does not wait forever for a step that hangs', async () => {
    const service = await start([], { SAMPLE_HANG_ON_CLOSE: 'yes' });
    await listening(service);
    service.signal('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(service.messages()).toContain('a shutdown step failed');
  });

  it('crashes with the reason in the log on an uncaught error', async () => {
    const service = await start([]);
    await listening(service);
    await get(`${service.url}/crash`).catch(() => undefined);
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('nobody caught this');
  });

  it.each([
    ['SIGTERM', '/burst', 0, 'stopped'],
    ['an uncaught error', '/burst-and-crash', 1, 'uncaught exception'],
  ])('has written every line, in order, after %s', async (_name, path, code, last) => {
    const service = await start([]);
    await listening(service);
    await get(service.url + path).catch(() => undefined);
    if (code === 0) service.signal('SIGTERM');
    expect(await service.exited).toBe(code);
    const lines = service
      .output()
      .split('\n')
      .filter((text) => text.startsWith('{'))
      .map((text) => JSON.parse(text) as { msg: string; line?: number });
    const burst = lines.filter(({ msg }) => msg === 'one of many').map(({ line }) => line);
    expect(burst).toEqual(Array.from({ length: 5_000 }, (_, line) => line));
    expect(lines.at(-1)?.msg).toBe(last);
  });
});
