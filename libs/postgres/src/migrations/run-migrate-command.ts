import { parseArgs } from 'node:util';
import { migrateDeploy } from './migrate-deploy.ts';
import { migrateDown } from './migrate-down.ts';
import type { MigrationLog, MigrationTarget } from './migration-session.ts';
import { migrationStatus } from './migration-status.ts';

const usage =
  'migrate [deploy] | status | down --to <migration to keep> | down --all; to take a snapshot first, use `npm run migrate -- … --snapshot` or the backup CronJob';

/**
 * The `migrate` command of a service: `deploy` (the default) applies pending migrations, then runs `afterDeploy`;
 * `status` prints the state of the database and sets exit code 1 if it is behind or a migration failed;
 * `down --to <name>` reverts everything newer than `name`, `down --all` everything.
 * @throws Error if the arguments are invalid, and the errors of migrateDeploy and migrateDown.
 */
export async function runMigrateCommand(
  options: MigrationTarget & {
    /** Arguments after `migrate`. */
    args: string[];
    log: MigrationLog;
    /** Other things to bring up to date: tables of jobs, topics. */
    afterDeploy?: () => Promise<unknown>;
    /** Prints the output of `status`; stdout by default. */
    print?: (line: string) => void;
  },
): Promise<void> {
  const { action, to } = readArgs(options.args);
  if (action === 'deploy') {
    await migrateDeploy(options);
    await options.afterDeploy?.();
  } else if (action === 'down') await migrateDown({ ...options, to });
  else await printStatus(options);
}

function readArgs(args: string[]): { action: 'deploy' | 'status' | 'down'; to: string | null } {
  const { values, positionals } = parse(args);
  const [action = 'deploy', ...more] = positionals;
  const wantsDown = values.to !== undefined || values.all === true;
  if (more.length === 0) {
    if (action === 'down' && (values.to !== undefined) !== (values.all === true))
      return { action, to: values.to ?? null };
    if ((action === 'deploy' || action === 'status') && !wantsDown) return { action, to: null };
  }
  throw new Error(`usage: ${usage}`);
}

function parse(args: string[]) {
  try {
    const options = { to: { type: 'string' }, all: { type: 'boolean' } } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`${(error as Error).message}; usage: ${usage}`);
  }
}

async function printStatus(options: MigrationTarget & { print?: (line: string) => void }): Promise<void> {
  const print = options.print ?? ((line) => void process.stdout.write(`${line}\n`));
  const { applied, pending, ahead, failed } = await migrationStatus(options);
  for (const name of applied)
    print(`applied  ${name}${ahead.includes(name) ? '  (newer than this build)' : ''}`);
  for (const name of pending) print(`${failed.includes(name) ? 'failed ' : 'pending'}  ${name}`);
  const failedElsewhere = failed.filter((name) => !pending.includes(name));
  for (const name of failedElsewhere) print(`failed   ${name}  (newer than this build)`);
  const state =
    failed.length > 0 ? 'failed' : pending.length > 0 ? 'behind' : ahead.length > 0 ? 'ahead' : 'up to date';
  print(`${options.schema}: ${state}`);
  if (state === 'failed' || state === 'behind') process.exitCode = 1;
}
