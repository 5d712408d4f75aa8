import { execFile } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/**
 * Folder with `pg_dump` and `pg_restore` of at least the major version of `version` (`18`, `18.4`), because they
 * refuse newer servers. Searches PATH first, then the folders that Debian and Homebrew use.
 * @throws Error saying what was found and what to install.
 */
export async function findPostgresClient(version: string, env: NodeJS.ProcessEnv): Promise<string> {
  const major = Number.parseInt(version, 10);
  const folders = [
    ...(env.PATH ?? '').split(delimiter).filter(Boolean),
    ...globSync('/usr/lib/postgresql/*/bin').reverse(),
    '/opt/homebrew/opt/libpq/bin',
    '/usr/local/opt/libpq/bin',
  ];
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const there = await majorOf(join(folder, 'pg_dump'));
    if (there >= major) return folder;
    if (there > 0) found.push(`${there} in ${folder}`);
  }
  const others = found.length > 0 ? ` (there is ${found.join(', ')})` : '';
  throw new Error(
    `pg_dump and pg_restore ${major} or newer are needed${others}: apt-get install postgresql-client-${major} from the PostgreSQL project's repository, or brew install libpq`,
  );
}

async function majorOf(program: string): Promise<number> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: 10_000 });
    return Number(/^pg_dump \(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * The environment variables with which libpq connects to the database of a URL; the programs receive no others. A
 * password on the command line could be read by every user of the machine.
 * TLS works as in the services (node-postgres): any mode that asks for it verifies the server's certificate and
 * name against Node's certificate authorities and NODE_EXTRA_CA_CERTS, unless the URL names a file.
 * @param scratch A folder for the list of authorities.
 */
export function clientEnv(databaseUrl: string, applicationName: string, scratch: string): NodeJS.ProcessEnv {
  const { searchParams } = new URL(databaseUrl);
  const { host, port, user, password, database } = new pg.Client({ connectionString: databaseUrl });
  const mode = sslMode(searchParams);
  const authorities = join(scratch, 'authorities.pem');
  if (mode === 'verify-full' && !searchParams.has('sslrootcert'))
    writeFileSync(authorities, getCACertificates('default').join('\n'));
  const values: Record<string, string | null | undefined> = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGOPTIONS: searchParams.get('options'),
    PGSSLMODE: mode,
    PGSSLROOTCERT: searchParams.get('sslrootcert') ?? (mode === 'verify-full' ? authorities : null),
    PGSSLCERT: searchParams.get('sslcert'),
    PGSSLKEY: searchParams.get('sslkey'),
    PGAPPNAME: applicationName,
    PGCONNECT_TIMEOUT: '10',
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

function sslMode(parameters: URLSearchParams): string {
  const mode = parameters.get('sslmode');
  if (mode && parameters.get('uselibpqcompat') === 'true') return mode;
  if (mode === 'disable') return mode;
  if (mode === 'no-verify') return 'require';
  const others = ['sslrootcert', 'sslcert', 'sslkey'].some((name) => parameters.has(name));
  return mode || others || /^(true|1)$/.test(parameters.get('ssl') ?? '') ? 'verify-full' : 'disable';
}
