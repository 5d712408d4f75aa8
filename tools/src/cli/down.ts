import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isAlive, stopMarked } from '../stack/processes.ts';
import { openState } from '../stack/state.ts';

// Stops only what `npm run up` started; with --purge it also deletes the data.
const repo = join(import.meta.dirname, '../../..');
const home = process.env.LMS_HOME || join(repo, '.lms');
const { values } = parseArgs({ options: { purge: { type: 'boolean', default: false } } });

if (!existsSync(join(home, 'state.json'))) {
  console.log('No stack is running in this checkout.');
  process.exit(0);
}
const state = openState(home);
const stopped = await stopAll();
console.log(stopped > 0 ? 'Stopped.' : 'Nothing was running.');
if (values.purge) purge();

async function stopAll(): Promise<number> {
  let count = 0;
  const [supervisor] = state.read().processes;
  if (supervisor && isAlive(supervisor)) {
    // It stops the services first, then the servers.
    process.kill(supervisor.pid, 'SIGTERM');
    const deadline = Date.now() + 90_000;
    while (isAlive(supervisor) && Date.now() < deadline) await sleep(100);
    if (isAlive(supervisor)) process.kill(supervisor.pid, 'SIGKILL');
    count += 1;
  }
  // Stops processes that a killed supervisor left behind, the last started first.
  for (const mark of state.read().processes.slice(1).reverse()) {
    if (await stopMarked(mark, 20_000)) count += 1;
  }
  state.update({ status: 'stopped', processes: [] });
  return count;
}

/** Deletes a stack's files by name, because LMS_HOME may contain other files too. */
function purge(): void {
  const { outside = [] } = state.read();
  const own = ['data', 'logs', 'state.json'].map((name) => join(home, name));
  const folders = outside.filter((folder) => /^\/var\/tmp\/lms-postgres-[0-9a-f]+$/.test(folder));
  for (const path of [...own, ...folders]) rmSync(path, { recursive: true, force: true });
  if (readdirSync(home).length === 0) rmdirSync(home);
  console.log('Data deleted.');
}
