import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Imports our own course through the public API; returns the line that describes the result. */
export function runSeed({
  repo,
  baseUrl,
  signal,
}: {
  repo: string;
  baseUrl: string;
  signal?: AbortSignal;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(repo, 'tools/src/seed/seed.ts')], {
      cwd: repo,
      env: { ...process.env, LMS_BASE_URL: baseUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
      ...(signal ? { signal } : {}),
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output.trim().split('\n').at(-1) ?? '');
      else
        reject(
          new Error(
            `The course could not be seeded:\n${(errors || output).trim().split('\n').slice(-8).join('\n')}`,
          ),
        );
    });
  });
}

/** Waits until `GET /health` returns 200; throws with its last response after `timeoutMs`. */
export async function waitForHealth(baseUrl: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await fetch(`${baseUrl}/health`, { signal: AbortSignal.timeout(3_000) }).then(
      async (response) => ({ ok: response.ok, text: await response.text() }),
      (error: Error) => ({ ok: false, text: error.message }),
    );
    if (answer.ok) return;
    if (Date.now() > deadline)
      throw new Error(`${baseUrl}/health does not report up: ${answer.text.slice(0, 500)}`);
    await sleep(200);
  }
}
