import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'lms-bin-'));
  for (const name of ['migrate', 'seed', 'npx'])
    symlinkSync(join(import.meta.dirname, 'command.sh'), join(bin, name));
  // Prints its arguments after the program's path.
  writeFileSync(join(bin, 'node'), '#!/bin/sh\nshift\necho "$@"\n');
  chmodSync(join(bin, 'node'), 0o755);
});
afterAll(() => rmSync(bin, { recursive: true }));

function run(command: string) {
  const [name = '', ...args] = command.split(' ');
  const { status, stdout, stderr } = spawnSync(join(bin, name), args, {
    env: { PATH: `${bin}${delimiter}${process.env.PATH}` },
    encoding: 'utf8',
  });
  return { status, output: (stdout + stderr).trim() };
}

describe('commands in the image of a service', () => {
  it.each([
    ['migrate', 'migrate'],
    ['migrate status', 'migrate status'],
    ['migrate down --to 20260101000000_init', 'migrate down --to 20260101000000_init'],
    ['seed', 'seed'],
    ['npx prisma migrate deploy', 'migrate deploy'],
    ['npx prisma migrate status', 'migrate status'],
    ['npx prisma db seed', 'seed'],
  ])('%s runs main.js %s', (command, expected) => {
    expect(run(command)).toEqual({ status: 0, output: expected });
  });

  it.each([
    'npx',
    'npx cowsay',
    'npx prisma studio',
    'npx prisma migrate reset',
    'npx prisma migrate deploy --force',
  ])('refuses %s, and lists the available commands', (command) => {
    expect(run(command)).toMatchObject({
      status: 2,
      output: expect.stringContaining('npx prisma migrate deploy'),
    });
  });
});
