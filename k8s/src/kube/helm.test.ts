import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { strFromU8, strToU8, zipSync } from 'fflate';
import { helm3Path, ProgramError, readZip, runHelm, runKubectl } from './helm.ts';

describe('helm and kubectl', () => {
  it('are recent enough for the chart', async () => {
    expect(await runHelm(['version', '--short'])).toMatch(/^v(3\.(1[7-9]|[2-9]\d)|[4-9])\./);
    expect(await runKubectl(['version', '--client'])).toMatch(/Client Version: v1\.(3[4-9]|[4-9]\d)/);
  }, 300_000);

  it('include a helm 3 for tests of compatibility', async () => {
    const version = execFileSync(await helm3Path(), ['version', '--short'], { encoding: 'utf8' });
    expect(version).toMatch(/^v3\.18\./);
  }, 300_000);

  it('throw an error with the message of the program', async () => {
    const failure = await runHelm(['template', 'x', '/nowhere']).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramError);
    expect((failure as ProgramError).message).toMatch(/path "\/nowhere" not found/);
    expect((failure as ProgramError).exitCode).toBe(1);
  });
});

describe('a zip archive', () => {
  const deflated = 'again '.repeat(100);
  const zip = zipSync({
    a: { stored: [strToU8('as it is'), { level: 0 }] },
    b: { deflated: strToU8(deflated) },
  });

  it('yields its stored and deflated files', () => {
    const files = readZip(zip, ['a/stored', 'b/deflated']);
    expect([...files].map(([name, data]) => [name, strFromU8(data)])).toEqual([
      ['a/stored', 'as it is'],
      ['b/deflated', deflated],
    ]);
  });

  it('is refused if it lacks a requested file or is not a zip archive', () => {
    expect(() => readZip(zip, ['a/stored', 'c'])).toThrow('the zip archive has no c');
    expect(() => readZip(Buffer.from('x'.repeat(100)), ['c'])).toThrow('invalid zip data');
    expect(() => readZip(Buffer.alloc(0), ['c'])).toThrow('invalid zip data');
  });
});
