import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import { runChaos } from '../chaos/run-chaos.ts';
import { promiseKept, summaryOf } from '../chaos/summary.ts';

// Kills, freezes and disconnects services, Kafka, PostgreSQL and Redis under load, and checks that every
// committed write had exactly one effect, in order: npm run chaos -- [--faults 220] [--seed N] [--writes 60].
// Exit code 1 when something was lost or done twice.
const repo = join(import.meta.dirname, '../../..');
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '220' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
    writes: { type: 'string', default: '60' },
  },
});
const [faults, seed, writesPerSecond] = [values.faults, values.seed, values.writes].map(Number) as [
  number,
  number,
  number,
];
if (![faults, seed, writesPerSecond].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('--faults, --seed and --writes must be whole numbers above 0');
  process.exit(2);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
const home = mkdtempSync(join(tmpdir(), 'lms-chaos-'));
const started = Date.now();
const note = (line: string) =>
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)}  ${line}`);
try {
  await generateClients(['events']);
  const result = await runChaos({
    ...{ repo, home, seed, faults, writesPerSecond, note, signal: stopping.signal },
    ...{ processes: 2, longFaults: true, maxPauseMs: 2_500, drainMs: 300_000 },
  });
  for (const line of summaryOf(result)) console.log(line);
  process.exitCode = promiseKept(result) ? 0 : 1;
} catch (error) {
  console.error(stopping.signal.aborted ? 'Stopped.' : error);
  process.exitCode = 1;
}
if (process.exitCode === 0) rmSync(home, { recursive: true, force: true });
else console.error(`Logs: ${join(home, 'logs')}. To repeat the same faults: --seed ${seed}`);
