import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import { benchEvents, parts } from '../bench/bench-events.ts';
import { benchHttp } from '../bench/bench-http.ts';
import { benchCapacityUsage, runBenchCapacity } from '../bench/capacity/run-bench-capacity.ts';
import { benchPeersUsage, runBenchPeers } from '../bench/peers/run-bench-peers.ts';

// Measures on its own servers and prints:
// npm run bench -- events   how fast a consumer catches up and drains parked events, what an event costs, and
//                           its time from commit to handled
// npm run bench -- http     what a request costs in our service kit, in bare Express and in node:http
// npm run bench -- growth   plan and buffers of every statement of the stores, on the data of a platform in use
// npm run bench -- peers    what our services cost beside small servers that do the same work
// npm run bench -- capacity what several processes, too much load and lasting load do to our services
const usage = `usage: npm run bench -- events [--client kafkajs|platformatic] [--events 30000] [--seconds 20] [--runs 3]
              [--rate 200] [--only catch-up|parked|steady|latency]
       npm run bench -- http [--seconds 6] [--runs 3]
       npm run bench -- growth [--scale small|full] [--only <part of a name>] [--database-url <empty or filled by this>]
${benchPeersUsage}
${benchCapacityUsage}`;
const repo = join(import.meta.dirname, '../../..');
const [what = '', ...args] = process.argv.slice(2);
const benches: Record<string, () => Promise<void>> = {
  events: runBenchEvents,
  http: runBenchHttp,
  growth: runBenchGrowth,
  peers: () => runBenchPeers(repo, args),
  capacity: () => runBenchCapacity(repo, args),
};
try {
  await (benches[what] ?? refuse)();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();

async function runBenchEvents(): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      client: { type: 'string', default: 'kafkajs' },
      events: { type: 'string', default: '30000' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '20' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  });
  const { client } = values;
  const only = parts.find((part) => part === values.only);
  if (client !== 'kafkajs' && client !== 'platformatic') return refuse();
  if (values.only !== undefined && !only) return refuse();
  const numbers = { events: Number(values.events), perSecond: Number(values.rate) };
  const options = { ...commonOptions(values), ...numbers };
  checkNumbers(options.events, options.perSecond, options.seconds, options.runs);
  await generateClients(['events']);
  await benchEvents({ ...options, client, ...(only ? { only } : {}) });
}

async function runBenchHttp(): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { seconds: { type: 'string', default: '6' }, runs: { type: 'string', default: '3' } },
  });
  const options = commonOptions(values);
  checkNumbers(options.seconds, options.runs);
  await benchHttp(options);
}

async function runBenchGrowth(): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'small' },
      only: { type: 'string' },
      'database-url': { type: 'string' },
    },
  });
  const { scale, only, 'database-url': databaseUrl } = values;
  if (scale !== 'small' && scale !== 'full') return refuse();
  await generateClients(['auth', 'content', 'media', 'ai']);
  const { runGrowth } = await import('../bench/growth/run-growth.ts');
  const faults = await runGrowth({ ...commonOptions({}), scale, databaseUrl, only });
  if (faults > 0) process.exitCode = 1;
}

/** With a folder that is deleted when the process ends, also after a signal. */
function commonOptions({ seconds, runs }: { seconds?: string; runs?: string }) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const home = mkdtempSync(join(tmpdir(), 'lms-bench-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  const print = (line: string) => console.log(line);
  return { repo, home, seconds: Number(seconds), runs: Number(runs), print };
}

function checkNumbers(...numbers: number[]): void {
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) refuse();
}

function refuse(): never {
  console.error(usage);
  process.exit(2);
}
