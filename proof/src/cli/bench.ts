import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import { benchEvents, parts } from '../bench/bench-events.ts';
import { benchHttp } from '../bench/bench-http.ts';

// Measures on its own servers and prints:
// npm run bench -- events   how fast a consumer catches up and drains parked events, what an event costs, and its time from commit to handled
// npm run bench -- http     what a request costs in our service kit, in bare Express and in node:http
const usage = `usage: npm run bench -- events [--client kafkajs|platformatic] [--events 30000] [--seconds 20] [--runs 3]
              [--rate 200] [--only catch-up|parked|steady|latency]
       npm run bench -- http [--seconds 6] [--runs 3]`;
const repo = join(import.meta.dirname, '../../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    client: { type: 'string', default: 'kafkajs' },
    events: { type: 'string', default: '30000' },
    seconds: { type: 'string' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    rate: { type: 'string', default: '200' },
  },
});
const { client, only } = values;
const what = positionals.join(' ');
const [events, runs, perSecond] = [Number(values.events), Number(values.runs), Number(values.rate)];
const seconds = Number(values.seconds ?? (what === 'http' ? 6 : 20));
const sensible = [events, runs, seconds, perSecond].every((number) => Number.isInteger(number) && number > 0);
const knownClient = client === 'kafkajs' || client === 'platformatic';
const part = parts.find((each) => each === only);
if (!['events', 'http'].includes(what) || !knownClient || (only !== undefined && !part) || !sensible) {
  console.error(usage);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
const home = mkdtempSync(join(tmpdir(), 'lms-bench-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const common = { repo, home, seconds, runs, print: (line: string) => console.log(line) };
try {
  if (what === 'http') await benchHttp(common);
  else {
    await generateClients(['events']);
    await benchEvents({ ...common, client, events, perSecond, ...(part ? { only: part } : {}) });
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
