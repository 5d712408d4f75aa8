import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isAlive, stopMarked } from '../stack/processes.ts';
import { openState } from '../stack/state.ts';

// Stops what `npm run up` started, and nothing else; with --purge deletes its data too.
const repo = join(import.meta.dirname, '../../..');
const home = process.env.LMS_HOME || join(repo, '.lms');
const { values } = parseArgs({ options: { purge: { type: 'boolean', default: false } } });

if (!existsSync(home)) {
  console.log('Nothing is running here.');
  process.exit(0);
}
const state = openState(home);
const { processes, outside = [] } = state.read();
const [supervisor, ...children] = processes;
let stopped = 0;
if (supervisor && isAlive(supervisor)) {
  // It stops the services first and the servers after them.
  process.kill(supervisor.pid, 'SIGTERM');
  const deadline = Date.now() + 90_000;
  while (isAlive(supervisor) && Date.now() < deadline) await sleep(100);
  stopped += 1;
}
for (const mark of children.reverse()) if (await stopMarked(mark, 20_000)) stopped += 1;
state.update({ status: 'stopped', processes: [] });
console.log(stopped > 0 ? 'Stopped.' : 'Nothing was running.');
if (values.purge) {
  for (const folder of [home, ...outside]) rmSync(folder, { recursive: true, force: true });
  console.log('Data deleted.');
}
