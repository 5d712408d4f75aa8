import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clientEnv } from './postgres-client.ts';

export interface RunningProgram {
  stdout: Readable;
  /** Writes a stream to the program and waits until it has ended. @throws The error of the stream or of `ended`. */
  feed(input: AsyncIterable<Uint8Array>): Promise<void>;
  /** Resolves when the program has succeeded. @throws Error with the program's first error message. */
  ended: Promise<void>;
  /** Stops the program if it is still running, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts `pg_dump` or `pg_restore`; with a URL, connected to that database. */
export function startProgram(options: {
  program: string;
  args: string[];
  databaseUrl?: string;
  applicationName?: string;
}): RunningProgram {
  const { program, args, databaseUrl, applicationName = '' } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'lms-backup-'));
  const env = databaseUrl ? clientEnv(databaseUrl, applicationName, scratch) : {};
  const child = spawn(program, args, { env: { LC_ALL: 'C', ...env }, stdio: 'pipe' });
  const closed = once(child, 'close').finally(() => rmSync(scratch, { recursive: true, force: true }));
  const said = firstComplaint(child.stderr);
  const ended = (async () => {
    const [code, signal] = await closed;
    if (code !== 0) throw new Error((await said) ?? `${basename(program)} ended with ${code ?? signal}`);
  })();
  // The rejection is reported where `ended` is awaited.
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  const stop = async () => {
    child.kill();
    await ended.catch(() => undefined);
  };
  return {
    stdout: child.stdout,
    ended,
    stop,
    async feed(input) {
      const failure = await pipeline(input, child.stdin).then(
        () => null,
        (error: NodeJS.ErrnoException) => error,
      );
      // A program that fails breaks its pipe; its own message is the reason.
      const brokenPipe = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(failure?.code ?? '');
      if (failure && !brokenPipe) await stop();
      else await ended;
      if (failure) throw failure;
    },
  };
}

/** The lines after an error may hold rows ("Key (email)=(…) already exists"), so they are dropped. */
async function firstComplaint(stderr: Readable): Promise<string | null> {
  let text = '';
  for await (const chunk of stderr.setEncoding('utf8')) if (text.length < 100_000) text += chunk;
  return /^\S+: error: .*$/m.exec(text)?.[0].slice(0, 500) ?? null;
}
