import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { cpuTimeOf, residentMiB } from './cpu-time.ts';

/** Uses 100 ms of CPU time, however long that takes, and says so; then ends, or stays. */
const burn = (then: string) =>
  `while (process.cpuUsage().user < 100_000); process.stdout.write('done'); ${then}`;
const run = (script: string) =>
  spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the CPU time of a process', () => {
  it('includes children that run, and children that have ended', async () => {
    const before = cpuTimeOf(process.pid);
    const running = run(burn('setInterval(() => {}, 1000)'));
    await once(running.stdout, 'data');
    const withRunning = cpuTimeOf(process.pid);
    expect(withRunning - before).toBeGreaterThanOrEqual(90_000);
    running.kill();
    await once(running, 'exit');
    expect(cpuTimeOf(process.pid)).toBeGreaterThanOrEqual(withRunning);
  });

  it('cannot be read after its end, instead of being 0', async () => {
    const ended = run('');
    await once(ended, 'exit');
    expect(() => cpuTimeOf(ended.pid ?? 0)).toThrow('has ended');
  });

  it('comes with its memory', () => {
    const mebibytes = process.memoryUsage.rss() / 2 ** 20;
    expect(residentMiB(process.pid)).toBeGreaterThan(mebibytes / 2);
    expect(residentMiB(process.pid)).toBeLessThan(mebibytes * 2);
  });
});
