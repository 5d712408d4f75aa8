import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchPeers } from './bench-peers.ts';
import { type ContenderName, contenderNames, type WorkName, workNames } from './contender.ts';

export const benchPeersUsage = `       npm run bench -- peers [--rounds 3] [--seconds 4] [--only lesson,answer] [--servers ours,nestjs]`;

/** The command line of `npm run bench -- peers`; ends the process. */
export async function runBenchPeers(repo: string, args: string[]): Promise<never> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string', default: workNames.join() },
      servers: { type: 'string', default: contenderNames.join() },
    },
  });
  const works = values.only.split(',') as WorkName[];
  const servers = values.servers.split(',') as ContenderName[];
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const known =
    works.every((name) => workNames.includes(name)) && servers.every((name) => contenderNames.includes(name));
  if (!known || ![rounds, seconds].every((number) => Number.isInteger(number) && number > 0)) {
    console.error(`usage: ${benchPeersUsage.trim()}`);
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const home = mkdtempSync(join(tmpdir(), 'lms-peers-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  try {
    await benchPeers({ repo, home, rounds, seconds, works, servers, print: (line) => console.log(line) });
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}
