import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createWorker, type Worker } from './workers.ts';

const home = mkdtempSync(join(tmpdir(), 'lms-workers-'));
mkdirSync(join(home, 'logs'));
const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.kill())));
afterAll(() => rmSync(home, { recursive: true }));

/** Starts a process that runs `script` instead of the fixture service. */
function start(name: string, script: string, readyTimeoutMs?: number): Worker {
  const program = join(home, `${name}.mjs`);
  writeFileSync(program, script);
  const options = () => ({
    ...{ service: 'content' as const, keys: [], topicPrefix: '', writesPerSecond: 0 },
    ...{ databaseUrl: '', redisUrl: '', brokers: '' },
  });
  const worker = createWorker({
    name,
    home,
    options,
    program,
    ...(readyTimeoutMs ? { readyTimeoutMs } : {}),
  });
  workers.push(worker);
  worker.start();
  return worker;
}

/** Installs its signal handlers late, as a busy machine does. */
const slow = `
  await new Promise((resolve) => setTimeout(resolve, 700));
  process.on('SIGUSR2', () => { console.log('heard'); process.send('wrote'); });
  process.on('SIGTERM', () => { console.log('ended'); process.exit(0); });
  setInterval(() => {}, 1000);
  process.send('ready');`;

describe('a process of a chaos run', () => {
  it('receives signals only after it has reported that it is ready', async () => {
    const worker = start('slow', slow);
    await worker.stopWriting();
    await worker.stop();
    expect(readFileSync(join(home, 'logs/slow.log'), 'utf8')).toBe('heard\nended\n');
    expect(await worker.process?.exited).toBe('exit code 0');
  });

  it('is stopped gracefully only after it has reported that it is ready', async () => {
    const worker = start('stopped', slow);
    await worker.stop();
    expect(await worker.process?.exited).toBe('exit code 0');
  });

  it('fails with that message and the end of its log if it never reports that it is ready', async () => {
    const worker = start('silent', 'console.log("still here"); setInterval(() => {}, 1000)', 1_500);
    const said = /^silent: process \d+ has not reported "ready" within 1\.5 s; its log ends with:\n/;
    await expect(worker.stopWriting()).rejects.toThrow(said);
    await expect(worker.stop()).rejects.toThrow(said);
    expect(worker.process?.hasExited()).toBe(false);
  });

  it('is reported at once if it ends by itself, with its exit and the end of its log', async () => {
    const worker = start('broken', 'console.error("no such database"); process.exitCode = 3');
    await expect(worker.died).rejects.toThrow('broken ended (exit code 3):\nno such database');
    await expect(worker.stopWriting()).rejects.toThrow('broken ended (exit code 3)');
  });

  it('is also reported if an unexpected signal ends it', async () => {
    const worker = start('deaf', `process.send('ready'); setInterval(() => {}, 1000)`);
    const stopping = worker.stopWriting();
    await expect(worker.died).rejects.toThrow('deaf ended (signal SIGUSR2)');
    await expect(stopping).rejects.toThrow('deaf ended (signal SIGUSR2)');
  });

  it('is replaced without a failure if it is killed on purpose', async () => {
    const worker = start('killed', slow);
    await worker.kill();
    expect(await worker.process?.exited).toBe('signal SIGKILL');
    worker.start();
    await Promise.race([worker.stop(), worker.died]);
    expect(worker.reports()).toEqual([]);
  });
});
