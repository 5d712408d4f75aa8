import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { baseUrl } from './api.ts';

const repo = join(import.meta.dirname, '../..');

it('npx prisma db seed seeds the running stack, and can be repeated', async () => {
  const bin = join(repo, 'node_modules/.bin');
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(
      join(bin, 'prisma'),
      ['db', 'seed'],
      {
        cwd: repo,
        // Seeds the stack under test, not a stack of this checkout.
        env: {
          PATH: `${bin}:${process.env.PATH}`,
          LMS_BASE_URL: baseUrl,
          LMS_HOME: join(import.meta.dirname, 'no-such-folder'),
        },
      },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/\d+ lessons, \d+ exercises, already up to date/),
  ]);
});
