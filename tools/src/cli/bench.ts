import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchEvents } from '../bench/bench-events.ts';
import { generateClients } from '../prisma/generate.ts';

// Measures and prints: npm run bench -- events [--client kafkajs|platformatic] [--events 30000] [--runs 3].
const repo = join(import.meta.dirname, '../../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    client: { type: 'string', default: 'kafkajs' },
    events: { type: 'string', default: '30000' },
    seconds: { type: 'string', default: '20' },
    runs: { type: 'string', default: '3' },
  },
});
const [events, seconds, runs] = [values.events, values.seconds, values.runs].map(Number) as [
  number,
  number,
  number,
];
const { client } = values;
if (positionals.join() !== 'events' || (client !== 'kafkajs' && client !== 'platformatic')) {
  console.error(
    'usage: npm run bench -- events [--client kafkajs|platformatic] [--events N] [--seconds N] [--runs N]',
  );
  process.exit(2);
}
const home = mkdtempSync(join(tmpdir(), 'lms-bench-'));
try {
  await generateClients(['events']);
  await benchEvents({ repo, home, client, events, seconds, runs, print: (line) => console.log(line) });
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit();
