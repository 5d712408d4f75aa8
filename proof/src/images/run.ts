import { spawn } from 'node:child_process';

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs?: number;
  /** True to also show the output while the program runs. */
  live?: boolean;
  /** Written to its standard input. */
  input?: string;
}

/**
 * Runs a program and returns its stdout.
 * @throws Error with the end of its output when it fails, cannot be started or takes longer than `timeoutMs` (120 s).
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    const tail = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${command} ${args.slice(0, 6).join(' ')} failed (${result.code}):\n${tail}`);
  }
  return result.stdout;
}

/** Like `run`, but returns failures: `code` is null if the program was killed or could not be started. */
export function tryRun(
  command: string,
  args: string[],
  { env, cwd, timeoutMs = 120_000, live, input }: RunOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: env ?? process.env, cwd, timeout: timeoutMs, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      if (live) process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
      if (live) process.stdout.write(chunk);
    });
    child.stdin.on('error', () => undefined); // It may end without reading.
    child.stdin.end(input ?? '');
    child.once('error', (error) => resolve({ code: null, stdout, stderr: stderr + error.message }));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
