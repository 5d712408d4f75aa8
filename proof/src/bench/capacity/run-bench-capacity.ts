import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCapacity, type CapacityPart, capacityParts } from './bench-capacity.ts';

export const benchCapacityUsage = `       npm run bench -- capacity [--only ${capacityParts.join()}] [--rounds 3] [--seconds 5] [--soak-minutes 60]`;

/** The command line of `npm run bench -- capacity`; ends the process, with 1 if a target is missed. */
export async function runBenchCapacity(repo: string, args: string[]): Promise<never> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: capacityParts.join() },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      'soak-minutes': { type: 'string', default: '60' },
    },
  });
  const parts = values.only.split(',') as CapacityPart[];
  const [rounds, seconds, soakMinutes] = [
    Number(values.rounds),
    Number(values.seconds),
    Number(values['soak-minutes']),
  ];
  const isValid =
    parts.every((part) => capacityParts.includes(part)) &&
    [rounds, seconds, soakMinutes].every((number) => Number.isInteger(number) && number > 0);
  if (!isValid) {
    console.error(`usage: ${benchCapacityUsage.trim()}`);
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const home = mkdtempSync(join(tmpdir(), 'lms-capacity-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  try {
    const options = { repo, home, parts, rounds, seconds, soakMinutes };
    const verdicts = await benchCapacity({ ...options, print: (line) => console.log(line) });
    if (verdicts.some(({ value, atMost }) => !(value <= atMost))) process.exitCode = 1;
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}
