import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import { benchEvents } from '../bench/bench-events.ts';
import { benchHttp } from '../bench/bench-http.ts';
import { benchPeersUsage, runBenchPeers } from '../bench/peers/run-bench-peers.ts';

// Measures on its own servers and prints:
// npm run bench -- events   how fast a consumer catches up, and the time from commit to handled
// npm run bench -- http     what a request costs in our service kit, in bare Express and in node:http
// npm run bench -- peers    what our services cost beside small servers that do the same work
// npm run bench -- growth   plan and buffers of every statement of the stores, on the data of a platform in use
const usage = `usage: npm run bench -- events [--client kafkajs|platformatic] [--events 30000] [--seconds 20] [--runs 3]
              [--only catch-up|latency]
       npm run bench -- http [--seconds 6] [--runs 3]
       npm run bench -- growth [--scale small|full] [--only <part of a name>] [--database-url <empty or filled by this>]
${benchPeersUsage}`;
const repo = join(import.meta.dirname, '../../..');
if (process.argv[2] === 'peers') await runBenchPeers(repo, process.argv.slice(3));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    client: { type: 'string', default: 'kafkajs' },
    events: { type: 'string', default: '30000' },
    seconds: { type: 'string' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    scale: { type: 'string', default: 'small' },
    'database-url': { type: 'string' },
  },
});
const { client, only } = values;
const what = positionals.join(' ');
const [events, runs] = [Number(values.events), Number(values.runs)];
const seconds = Number(values.seconds ?? (what === 'http' ? 6 : 20));
const sensible = [events, runs, seconds].every((number) => Number.isInteger(number) && number > 0);
const knownClient = client === 'kafkajs' || client === 'platformatic';
const { scale } = values;
const knownScale = scale === 'small' || scale === 'full';
const onlyPart = only === 'catch-up' || only === 'latency' ? only : undefined;
const knownPart = what === 'growth' || only === onlyPart;
if (!['events', 'http', 'growth'].includes(what) || !knownScale || !knownClient || !knownPart || !sensible) {
  console.error(usage);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
const home = mkdtempSync(join(tmpdir(), 'lms-bench-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const common = { repo, home, seconds, runs, print: (line: string) => console.log(line) };
try {
  if (what === 'http') await benchHttp(common);
  else if (what === 'growth') {
    await generateClients(['auth', 'content', 'media', 'ai']);
    const { runGrowth } = await import('../bench/growth/run-growth.ts');
    const faults = await runGrowth({ ...common, scale, databaseUrl: values['database-url'], only });
    if (faults > 0) process.exitCode = 1;
  } else {
    await generateClients(['events']);
    await benchEvents({ ...common, client, events, ...(onlyPart ? { only: onlyPart } : {}) });
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
