import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundProgram, findOrUnpack } from './debian-program.ts';
import { howToInstall } from './downloads.ts';
import type { PartContext, StackPart } from './part.ts';
import { folderForNobody, nobody } from './postgres-files.ts';
import { createServerPart } from './server-part.ts';

/**
 * PgBouncer in transaction mode in front of one database, otherwise with its default settings. It opens `poolSize`
 * connections to the server, for all of its clients together.
 * @throws SetupError if PgBouncer is not installed and cannot be fetched.
 */
export async function createPgBouncer(
  context: PartContext,
  options: { port: number; databaseUrl: string; poolSize: number },
): Promise<{ part: StackPart; databaseUrl: string }> {
  const { command, env } = await findPgBouncer();
  const asRoot = process.getuid?.() === 0;
  const folder = join(asRoot ? folderForNobody(context) : context.dataDir, 'pgbouncer');
  const configFile = writeConfig(folder, options);
  const url = new URL(options.databaseUrl);
  url.host = `127.0.0.1:${options.port}`;
  const part = createServerPart(context, {
    ...{ name: 'pgbouncer', command, env, cwd: folder, port: options.port },
    // It refuses to run as root.
    args: [...(asRoot ? ['-u', 'nobody'] : []), configFile],
  });
  return { databaseUrl: url.href, part };
}

function writeConfig(
  folder: string,
  options: { port: number; databaseUrl: string; poolSize: number },
): string {
  const server = new URL(options.databaseUrl);
  const database = server.pathname.slice(1);
  const userFile = join(folder, 'users.txt');
  const configFile = join(folder, 'pgbouncer.ini');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    userFile,
    `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`,
    { mode: 0o600 },
  );
  writeFileSync(
    configFile,
    `[databases]
${database} = host=${server.hostname} port=${server.port || 5432} dbname=${database} pool_size=${options.poolSize}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${options.port}
unix_socket_dir =
auth_file = ${userFile}
pool_mode = transaction
`,
  );
  if (process.getuid?.() === 0) {
    chmodSync(folder, 0o755);
    for (const path of [folder, userFile, configFile]) chownSync(path, nobody, nobody);
  }
  return configFile;
}

function findPgBouncer(): Promise<FoundProgram> {
  return findOrUnpack({
    names: ['pgbouncer'],
    debianPackage: 'pgbouncer',
    file: 'usr/sbin/pgbouncer',
    advice: `PgBouncer is missing: ${howToInstall('pgbouncer')}.`,
  });
}
