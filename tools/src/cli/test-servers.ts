import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { createProgress, SetupError } from '../stack/progress.ts';
import { startStack } from '../stack/start-stack.ts';
import { openState } from '../stack/state.ts';
import { testStackEnv } from '../test/test-stack-env.ts';

// Starts the servers for integration tests on free ports with separate data until Ctrl-C, and prints the line to
// paste into the terminal where tests run.
const repo = join(import.meta.dirname, '../../..');
const home = mkdtempSync(join(tmpdir(), 'lms-test-servers-'));
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

try {
  const stack = await startStack({
    repo,
    home,
    ports: 'free',
    services: false,
    watch: false,
    durable: false,
    useUserEnv: false,
    progress: createProgress(),
    signal: interrupt.signal,
  });
  const { LMS_TEST_STACK } = await testStackEnv(stack);
  console.log(
    pc.dim('Paste this where you run tests; Ctrl-C here stops the servers and deletes their data.'),
  );
  console.log(`export LMS_TEST_STACK='${LMS_TEST_STACK}'`);
  if (!interrupt.signal.aborted) {
    await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve, { once: true }));
  }
  await stack.stop();
} catch (error) {
  if (!interrupt.signal.aborted) {
    console.error(error instanceof SetupError ? pc.red(error.message) : error);
    process.exitCode = 1;
  }
}
const { outside = [] } = openState(home).read();
for (const folder of [home, ...outside]) rmSync(folder, { recursive: true, force: true });
process.exit();
