import { directDatabaseUrl } from '@lms/config';
import { runMigrateCommand } from '@lms/postgres';
import { createSnapshot } from '../backup/create-snapshot.ts';
import { CommandError } from '../command-error.ts';

/** A package with SQL migrations; `service` is also the name of its PostgreSQL schema. */
export interface MigrationsOfService {
  service: string;
  migrationsDir: string;
}

/**
 * `migrate <service> [deploy|status|down --to <migration to keep>|down --all] [--snapshot]`: the SQL migrations
 * of one service on DATABASE_DIRECT_URL or DATABASE_URL. `--snapshot` first writes a backup to the bucket, and stops if that fails.
 * Job tables and Kafka topics belong to the service: its own `main.js migrate` updates those too.
 * @returns the exit code: 1 when `status` finds the database behind.
 * @throws CommandError if an argument, the service or DATABASE_URL is missing; also what a migration throws.
 */
export async function migrateCommand(
  words: string[],
  options: {
    env: NodeJS.ProcessEnv;
    migrations: readonly MigrationsOfService[];
    version: string;
    print?: (line: string) => void;
  },
): Promise<number> {
  const { env, migrations, version } = options;
  const print = options.print ?? ((line) => void process.stdout.write(`${line}\n`));
  const [service = '', ...rest] = words;
  const target = migrations.find((each) => each.service === service);
  if (!target) {
    const known = migrations.map((each) => each.service).join('|');
    throw new CommandError(`usage: migrate <${known}> [deploy|status|down …] [--snapshot]`);
  }
  const { DATABASE_URL, DATABASE_DIRECT_URL } = env;
  if (!DATABASE_URL) throw new CommandError('DATABASE_URL is not set.');
  const args = rest.filter((word) => word !== '--snapshot');
  if (args.length < rest.length) {
    const { name } = await createSnapshot({ env, label: `before-migrate-${service}`, version });
    print(`snapshot  ${name}`);
  }
  await runMigrateCommand({
    args,
    databaseUrl: directDatabaseUrl({ DATABASE_URL, DATABASE_DIRECT_URL }),
    schema: service,
    migrationsDir: target.migrationsDir,
    print,
    log: {
      info: (facts: { migration?: string; durationMs?: number }, message: string) =>
        print(
          [message, facts.migration, facts.durationMs && `${facts.durationMs} ms`].filter(Boolean).join('  '),
        ),
    },
  });
  return Number(process.exitCode ?? 0);
}
