import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchPeers, type PeersResult } from './bench-peers.ts';
import { type ContenderName, contenderNames, type WorkName, workNames } from './contender.ts';
import { peersFolder } from './peers.ts';
import { findRegressions, mediansOf, type Ratios, ratiosOf, tolerance } from './ratios.ts';
import { judge, renderReport } from './report.ts';

export const benchPeersUsage = `       npm run bench -- peers [--rounds 3] [--seconds 4] [--only lesson,answer,start,delay]
              [--servers ${contenderNames.join()}] [--json file] [--check|--record]`;

/** Measured only with these names in `--only`, or without it. */
const extras = ['start', 'delay'] as const;
/** Ratios of our cost only; figures in µs would depend on the machine. */
const baselineFile = join(peersFolder, 'baseline.json');
/** Needs Go, so it is not everywhere. */
const notGuarded: ContenderName = 'pocketbase';

/** The command line of `npm run bench -- peers`; ends the process. */
export async function runBenchPeers(repo: string, args: string[]): Promise<never> {
  const options = readOptions(args);
  if (!options) {
    console.error(`usage: ${benchPeersUsage.trim()}`);
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const home = mkdtempSync(join(tmpdir(), 'lms-peers-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  try {
    const result = await benchPeers({ repo, home, ...options, print: (line) => console.log(line) });
    const ratios = ratiosOf(mediansOf(result.samples));
    console.log(renderReport(result, ratios).join('\n'));
    if (options.json) writeFileSync(options.json, `${JSON.stringify(toJson(result, ratios), null, 2)}\n`);
    if (options.record) record(guarded(ratios));
    if (options.check) process.exitCode = check(guarded(ratios), options);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string', default: [...workNames, ...extras].join() },
      servers: { type: 'string', default: contenderNames.join() },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const servers = values.servers.split(',') as ContenderName[];
  const works = workNames.filter((name) => only.includes(name));
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const known = ([...workNames, ...extras] as readonly string[]).filter((name) => only.includes(name));
  const isValid =
    known.length === only.length &&
    servers.every((name) => contenderNames.includes(name)) &&
    [rounds, seconds].every((number) => Number.isInteger(number) && number > 0) &&
    !(values.check && values.record);
  if (!isValid) return null;
  const { json, check, record } = values;
  return {
    ...{ rounds, seconds, servers, works, json, check, record },
    starts: only.includes('start'),
    delays: only.includes('delay'),
  };
}

function guarded(ratios: Ratios): Ratios {
  return Object.fromEntries(Object.entries(ratios).filter(([name]) => !name.endsWith(` / ${notGuarded}`)));
}

function record(ratios: Ratios): void {
  const kept = { ...(existsSync(baselineFile) ? readBaseline() : {}), ...ratios };
  const rounded = Object.entries(kept).map(([name, value]) => [name, Number(value.toPrecision(3))]);
  writeFileSync(baselineFile, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
  console.log(`\nRecorded as the baseline: ${baselineFile}`);
}

/** Compares with the part of the baseline that was asked for; returns the exit code. */
function check(
  ratios: Ratios,
  asked: { works: readonly WorkName[]; servers: readonly ContenderName[] },
): number {
  const wanted = Object.entries(readBaseline()).filter(([name]) => {
    const [work, against] = name.split(' / ') as [WorkName, ContenderName];
    return asked.works.includes(work) && asked.servers.includes(against);
  });
  const regressions = findRegressions(ratios, Object.fromEntries(wanted));
  if (wanted.length === 0) regressions.push('the baseline has nothing to compare with');
  for (const line of regressions) console.error(`worse than the baseline: ${line}`);
  if (regressions.length === 0)
    console.log(`\nNo ratio is more than ${tolerance} times the baseline (${wanted.length} compared).`);
  return regressions.length === 0 ? 0 : 1;
}

function readBaseline(): Ratios {
  return JSON.parse(readFileSync(baselineFile, 'utf8')) as Ratios;
}

function toJson(result: PeersResult, ratios: Ratios) {
  const { samples, ...resources } = result;
  return {
    costs: mediansOf(samples),
    ratios,
    targets: judge(result, ratios).map((verdict) => ({ ...verdict, pass: verdict.value <= verdict.atMost })),
    ...resources,
    samples: Object.fromEntries(samples),
  };
}
