import { join } from 'node:path';
import { partActions } from '../stack/control.ts';
import { openState } from '../stack/state.ts';

// Stops, starts, restarts, kills, pauses or resumes one part of the running stack, to see how the rest behaves:
// npm run part -- stop redis. Without arguments it lists the parts.
const home = process.env.LMS_HOME || join(import.meta.dirname, '../../../.lms');
const [action = 'list', name] = process.argv.slice(2);
const { controlUrl = '' } = openState(home).read();

try {
  if (action === 'list') await list();
  else if (name && (partActions as readonly string[]).includes(action)) await act(action, name);
  else fail(`usage: npm run part -- [${partActions.join('|')}] <part>`);
} catch (error) {
  fail(error instanceof TypeError ? 'The stack is not running: npm run up' : String(error));
}

async function list(): Promise<void> {
  const answer = await fetch(`${controlUrl}/parts`, { signal: AbortSignal.timeout(5_000) });
  for (const part of (await answer.json()) as { name: string; running: boolean }[])
    console.log(`${part.name.padEnd(12)} ${part.running ? 'running' : 'stopped'}`);
}

async function act(action: string, name: string): Promise<void> {
  const url = `${controlUrl}/parts/${encodeURIComponent(name)}/${action}`;
  const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(120_000) });
  if (!answer.ok) fail(await answer.text());
  console.log(`${name}: ${action} done`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
