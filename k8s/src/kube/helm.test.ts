import { execFileSync } from 'node:child_process';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { helm3Path, ProgramError, runHelm, runKubectl } from './helm.ts';
import { readZipEntry } from './unzip.ts';

describe('helm and kubectl', () => {
  it('are recent enough for the chart', async () => {
    expect(await runHelm(['version', '--short'])).toMatch(/^v(3\.(1[7-9]|[2-9]\d)|[4-9])\./);
    expect(await runKubectl(['version', '--client'])).toMatch(/Client Version: v1\.(3[4-9]|[4-9]\d)/);
  }, 300_000);

  it('can be had as helm 3 too', async () => {
    const version = execFileSync(await helm3Path(), ['version', '--short'], { encoding: 'utf8' });
    expect(version).toMatch(/^v3\.18\./);
  }, 300_000);

  it('fail with their own words', async () => {
    const failure = await runHelm(['template', 'x', '/nowhere']).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramError);
    expect((failure as ProgramError).message).toMatch(/path "\/nowhere" not found/);
    expect((failure as ProgramError).exitCode).toBe(1);
  });
});

describe('readZipEntry', () => {
  const zip = zipOf([
    { name: 'a/stored', data: Buffer.from('as it is'), method: 0 },
    { name: 'b/deflated', data: Buffer.from('again '.repeat(100)), method: 8 },
  ]);

  it('reads stored and deflated files', () => {
    expect(readZipEntry(zip, 'a/stored').toString()).toBe('as it is');
    expect(readZipEntry(zip, 'b/deflated').toString()).toBe('again '.repeat(100));
  });

  it('says what is wrong', () => {
    expect(() => readZipEntry(zip, 'c')).toThrow('the zip archive has no c');
    expect(() => readZipEntry(Buffer.from('x'.repeat(100)), 'c')).toThrow('this is not a zip archive');
    expect(() => readZipEntry(Buffer.alloc(0), 'c')).toThrow('this is not a zip archive');
  });
});

/** A zip archive by the letter of its specification (APPNOTE 4.3), without checksums, which the reader ignores. */
function zipOf(files: { name: string; data: Buffer; method: 0 | 8 }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method } of files) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
