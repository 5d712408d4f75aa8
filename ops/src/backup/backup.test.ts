import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventuallyPasses, type TestDatabase } from '@lms/testing';
import { generateIdentity } from 'age-encryption';
import pg from 'pg';
import { describeSchema } from '../schema/describe-schema.ts';
import { backupCommand } from './backup-command.ts';
import { type BackupBucket, openBackupBucket } from './bucket.ts';
import { createBackup } from './create-backup.ts';
import { listSchemas, openSession } from './database-facts.ts';
import { encryptFor } from './encryption.ts';
import { dumpKey, type Manifest, manifestKey } from './manifest.ts';
import { clientEnv, findPostgresClient } from './postgres-client.ts';
import { pruneBackups } from './prune-backups.ts';
import { checkFile, listBackups, openArchive, readManifest } from './read-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import { startProgram } from './start-program.ts';
import { createBackupWorld } from './testing/backup-world.ts';
import { verifyBackup } from './verify-backup.ts';

let world: Awaited<ReturnType<typeof createBackupWorld>>;
let manifest: Manifest;
const targets: TestDatabase[] = [];

const dumpSessions =
  "FROM pg_stat_activity WHERE application_name LIKE 'lms-backup%' AND datname = current_database()";
const create = (
  label: string | null = null,
  now?: Date,
  changes: Partial<Parameters<typeof createBackup>[0]> = {},
) =>
  createBackup({
    databaseUrl: world.source.databaseUrl,
    bucket: world.store,
    recipients: [world.recipient],
    label,
    version: '1.0.0',
    env: world.env,
    ...(now ? { now } : {}),
    ...changes,
  });
const verify = (wanted: Manifest, identity: string | null) =>
  verifyBackup({ bucket: world.store, manifest: wanted, identity, env: world.env });
async function emptyDatabase(): Promise<TestDatabase> {
  const target = await createTestDatabase('restored');
  targets.push(target);
  return target;
}
const restore = (into: TestDatabase, changes: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
  restoreBackup({
    databaseUrl: into.databaseUrl,
    bucket: world.store,
    manifest,
    identity: world.identity,
    env: world.env,
    ...changes,
  });

/** Every row of every table as text, sorted, by table. */
async function allRows(databaseUrl: string): Promise<Record<string, string[]>> {
  const client = await openSession(databaseUrl, 'test');
  const tables = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  const rows: Record<string, string[]> = {};
  for (const { name } of tables.rows) {
    const found = await client.query<{ text: string }>(`SELECT t::text AS text FROM ONLY ${name} t`);
    rows[name] = found.rows.map(({ text }) => text).sort();
  }
  await client.end();
  return rows;
}

/** Everything except the rows: the objects of each schema and the positions of its sequences. */
async function shapeOf(databaseUrl: string): Promise<unknown> {
  const client = await openSession(databaseUrl, 'test');
  const shape: Record<string, unknown> = {};
  for (const schema of await listSchemas(client)) shape[schema] = await describeSchema(client, schema);
  const sequences = await client.query(
    'SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2',
  );
  await client.end();
  return { shape, sequences: sequences.rows };
}

beforeAll(async () => {
  world = await createBackupWorld();
  manifest = await create();
});
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.drop()));
});
afterAll(() => world?.close());

describe('a backup', () => {
  it('restores every row, every object and every sequence into an empty database', async () => {
    const target = await emptyDatabase();
    const restored = await restore(target);
    const rows = await allRows(world.source.databaseUrl);
    expect(Object.keys(rows).length).toBeGreaterThan(20);
    expect(rows['"Odd ""name""".scratch']?.length).toBeGreaterThan(10_000);
    expect(await allRows(target.databaseUrl)).toEqual(rows);
    expect(await shapeOf(target.databaseUrl)).toEqual(await shapeOf(world.source.databaseUrl));
    expect(restored).toEqual({
      tables: Object.keys(rows).length,
      rows: Object.values(rows).reduce((sum, table) => sum + table.length, 0),
    });
  });

  it('counts the rows of a partitioned table once, and restores them into their partitions', async () => {
    const tables = manifest.schemas.find(({ name }) => name === 'content')?.tables ?? [];
    const parts = tables.filter(({ name }) => name.startsWith('answers'));
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.map(({ name }) => name)).not.toContain('answers');
    expect(parts.filter(({ rows }) => rows > 0).length).toBeGreaterThan(3);
    expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(5);
    const target = await emptyDatabase();
    await restore(target);
    const rows = 'SELECT tableoid::regclass::text AS part, id::text FROM content.answers ORDER BY id';
    expect(await target.query(rows)).toEqual(await world.source.query(rows));
    // Triggers and foreign keys work on the partitions that were restored.
    await target.query('DELETE FROM content.answers');
    expect(await target.query('SELECT 1 FROM content.submissions')).toEqual([]);
  });

  it('describes its content in the manifest, and contains no unencrypted row', async () => {
    const client = new pg.Client({ connectionString: world.source.databaseUrl });
    await client.connect();
    expect(manifest.schemas.map(({ name }) => name)).toEqual(await listSchemas(client));
    await client.end();
    const media = manifest.schemas.find(({ name }) => name === 'media');
    expect(media?.migration).toMatch(/^\d{14}_/);
    expect(manifest.schemas.find(({ name }) => name === 'media_jobs')?.migration).toBeNull();
    expect(manifest.recipients).toEqual([world.recipient]);
    const file: Buffer[] = [];
    for await (const chunk of await world.store.getStream(manifest.file.key)) file.push(chunk as Buffer);
    const bytes = Buffer.concat(file);
    expect(bytes.length).toBe(manifest.file.bytes);
    expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect(bytes.includes('after the holes')).toBe(false);
  });

  it('is one consistent snapshot while others write', async () => {
    await world.source.query('CREATE TABLE media."left" (n INT); CREATE TABLE media."right" (n INT)');
    let writing = true;
    let written = 0;
    // Each transaction adds a row to both tables, so a dump with only one of them is inconsistent.
    const writer = (async () => {
      while (writing) {
        written += 1;
        await world.source.query(
          `WITH l AS (INSERT INTO media."left" VALUES (${written})) INSERT INTO media."right" VALUES (${written})`,
        );
      }
    })();
    const busy = await create('busy').finally(() => {
      writing = false;
    });
    await writer;
    const tables = busy.schemas.find(({ name }) => name === 'media')?.tables ?? [];
    const rows = (name: string) => tables.find((table) => table.name === name)?.rows;
    expect(rows('left')).toBe(rows('right'));
    expect(written).toBeGreaterThan(rows('left') ?? 0);
    await world.source.query('DROP TABLE media."left", media."right"');
  });

  it('leaves nothing in the bucket when it fails', async () => {
    const before = await world.bucket.keys();
    const bucket: BackupBucket = {
      ...world.store,
      // pg_dump has begun, and waits for its output to be read.
      async putStream(key, chunks) {
        await eventuallyPasses('pg_dump has a session that can be ended', async () =>
          expect(
            await world.source.query(
              `SELECT pg_terminate_backend(pid) ${dumpSessions} AND application_name = 'lms-backup-dump'`,
            ),
          ).toHaveLength(1),
        );
        return world.store.putStream(key, chunks);
      },
    };
    await expect(create('fails', undefined, { bucket })).rejects.toThrow(
      // Depending on when it notices, it says that its session was terminated or that the connection was closed.
      /^pg_dump: error: /,
    );
    expect(await world.bucket.keys()).toEqual(before);
  });

  it('fails and releases the database when the bucket refuses it', async () => {
    const refusing = openBackupBucket({
      ...world.env,
      R2_SECRET_KEY: 'wrong',
      R2_REGION: 'auto',
      BACKUP_PREFIX: 'b/',
    });
    await expect(create(null, undefined, { bucket: refusing })).rejects.toThrow();
    refusing.close();
    await eventuallyPasses('every session of the backup has ended', async () =>
      expect(await world.source.query(`SELECT application_name ${dumpSessions}`)).toEqual([]),
    );
  });

  it('requires a pg_dump as new as the server, and says what to install', async () => {
    await expect(findPostgresClient('99.1', world.env)).rejects.toThrow(
      /^pg_dump and pg_restore 99 or newer are needed \(there is .*apt-get install postgresql-client-99/,
    );
  });
});

describe('restoring', () => {
  it('refuses a database that is not empty', async () => {
    const target = await emptyDatabase();
    await target.query('CREATE SCHEMA media; CREATE TABLE media.mine (n INT)');
    await expect(restore(target)).rejects.toThrow('not empty: it has the schemas media');
  });

  it('refuses another key', async () => {
    const target = await emptyDatabase();
    await expect(restore(target, { identity: await generateIdentity() })).rejects.toThrow(/identit/i);
  });

  it('leaves the database empty when the file or the manifest was exchanged', async () => {
    const target = await emptyDatabase();
    const other = { ...manifest.file, sha256: '0'.repeat(64) };
    await expect(restore(target, { manifest: { ...manifest, file: other } })).rejects.toThrow(
      'the file does not match',
    );
    const schemas = manifest.schemas.map((schema) => ({ ...schema, fingerprint: '0'.repeat(64) }));
    await expect(restore(target, { manifest: { ...manifest, schemas } })).rejects.toThrow(
      'was not restored unchanged',
    );
    const fewer = manifest.schemas.map((schema) => ({
      ...schema,
      tables: schema.tables.map((table) => ({ ...table, checksum: '1' })),
    }));
    await expect(restore(target, { manifest: { ...manifest, schemas: fewer } })).rejects.toThrow(
      /the rows of .+ were not restored unchanged/,
    );
    const client = await openSession(target.databaseUrl, 'test');
    expect(await listSchemas(client)).toEqual([]);
    await client.end();
  });

  it('leaves the database empty when the archive is truncated or not an archive', async () => {
    const target = await emptyDatabase();
    const archive: Buffer[] = [];
    for await (const chunk of openArchive(world.store, manifest, world.identity))
      archive.push(Buffer.from(chunk));
    const whole = Buffer.concat(archive);
    expect(whole.length).toBe(manifest.archive.bytes);
    for (const [bytes, message] of [
      [
        whole.subarray(0, whole.length >> 1),
        /^pg_restore: error: could not read from input file: end of file/,
      ],
      [whole.subarray(0, whole.length - 1), /^pg_restore: error: /],
      [Buffer.from('DROP TABLE users;\n'), /^pg_restore: error: .*archive/],
      [Buffer.alloc(0), /^pg_restore: error: /],
    ] as const) {
      // Encrypted for the right key, and with a manifest that fits: only pg_restore can tell.
      const key = 'forged/database.dump.age';
      const encrypted = await encryptFor([world.recipient], Readable.from([bytes]));
      const file = { key, ...(await world.store.putStream(key, encrypted)) };
      const forged = { ...manifest, file, archive: digest(bytes) };
      await expect(restore(target, { manifest: forged })).rejects.toThrow(message);
      await expect(verify(forged, world.identity)).rejects.toThrow();
      await world.store.delete(key);
    }
    const client = await openSession(target.databaseUrl, 'test');
    expect(await listSchemas(client)).toEqual([]);
    await client.end();
  });

  it('never shows a row of the backup in its messages', async () => {
    const target = await emptyDatabase();
    await target.query(
      `CREATE FUNCTION pg_catalog.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION 'refused' USING DETAIL = 'Key (email)=(lan@example.com)'; END $$;
       CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION pg_catalog.refuse()`,
    );
    await expect(restore(target)).rejects.toThrow(
      /^pg_restore: error: could not execute query: ERROR: {2}refused$/,
    );
  });

  it('refuses a backup of the older format, and says how to restore it', async () => {
    const name = '20200101T000000Z-0a0a0a';
    await world.store.put(manifestKey(name), JSON.stringify({ format: 1, name, version: '0.9.0' }));
    await expect(readManifest(world.store, name)).rejects.toThrow(
      'older format 1: restore it with release 0.9.0 that made it, or by hand',
    );
    await world.store.delete(manifestKey(name));
  });

  it('is possible by hand, with only pg_restore and the decrypted archive', async () => {
    const target = await emptyDatabase();
    const folder = await findPostgresClient('18.4', world.env);
    const hand = startProgram({
      program: join(folder, 'pg_restore'),
      args: ['--dbname', new URL(target.databaseUrl).pathname.slice(1)],
      databaseUrl: target.databaseUrl,
    });
    await hand.feed(openArchive(world.store, manifest, world.identity));
    expect(await allRows(target.databaseUrl)).toEqual(await allRows(world.source.databaseUrl));
  });
});

describe('the environment of pg_dump and pg_restore', () => {
  const of = (databaseUrl: string) => clientEnv(databaseUrl, 'test', tmpdir());

  it('contains what the URL says, and nothing else', () => {
    expect(of('postgresql://me:p%40ss@db.example.com:6543/lms?schema=auth&options=-c%20a%3Db')).toEqual({
      PGHOST: 'db.example.com',
      PGPORT: '6543',
      PGUSER: 'me',
      PGPASSWORD: 'p@ss',
      PGDATABASE: 'lms',
      PGOPTIONS: '-c a=b',
      PGSSLMODE: 'disable',
      PGAPPNAME: 'test',
      PGCONNECT_TIMEOUT: '10',
    });
  });

  it.each([
    ['', 'disable'],
    ['?sslmode=disable', 'disable'],
    ['?sslmode=no-verify', 'require'],
    ['?sslmode=require', 'verify-full'],
    ['?sslmode=verify-full', 'verify-full'],
    ['?ssl=true', 'verify-full'],
    ['?sslmode=require&uselibpqcompat=true', 'require'],
  ])('reads %j as the services do: %s', (query, mode) => {
    const env = of(`postgresql://me@db/lms${query}`);
    expect(env.PGSSLMODE).toBe(mode);
    expect(env.PGSSLROOTCERT ? readFileSync(env.PGSSLROOTCERT, 'utf8').slice(0, 27) : null).toBe(
      mode === 'verify-full' ? '-----BEGIN CERTIFICATE-----' : null,
    );
  });
});

describe('verifying', () => {
  it('succeeds for an undamaged backup, with and without a key', async () => {
    await expect(verify(manifest, null)).resolves.toBe('file');
    await expect(verify(manifest, world.identity)).resolves.toBe('rows');
  });

  it('detects a file that was changed, truncated or exchanged', async () => {
    const damaged = { ...manifest, file: { ...manifest.file, key: 'damaged/database.dump.age' } };
    const chunks: Buffer[] = [];
    for await (const chunk of await world.store.getStream(manifest.file.key)) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
    const read = async () => {
      for await (const _part of openArchive(world.store, damaged, world.identity));
    };
    for (const bytes of [flipped, whole.subarray(0, whole.length - 100_000), whole.subarray(0, 50)]) {
      await world.store.putStream(damaged.file.key, oneChunk(bytes));
      await expect(checkFile(world.store, damaged)).rejects.toThrow('does not match the manifest');
      await expect(read()).rejects.toThrow();
    }
    await world.store.delete(damaged.file.key);
  });
});

function digest(bytes: Buffer) {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function* oneChunk(bytes: Buffer) {
  yield bytes;
}

describe('the command', () => {
  const run = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const lines: string[] = [];
    const facts = {
      env: { ...world.env, ...env },
      version: '1.0.0',
      print: (text: string) => void lines.push(text),
    };
    return { code: await backupCommand(args, facts), text: lines.join('\n') };
  };

  it('creates, lists, verifies, restores and prunes', async () => {
    const made = await run(['create', '--label', 'by-hand', '--prune']);
    expect(made.text).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{6}-by-hand {2}\d+ rows in \d+ tables/);
    expect(made.text).toContain('no backup has expired');
    const name = made.text.split(' ')[0] ?? '';
    expect((await run(['list'])).text.split('\n')).toContain(name);
    expect((await run(['verify', name])).text).toContain('needs BACKUP_IDENTITY');
    expect((await run(['verify'], { BACKUP_IDENTITY: world.identity })).text).toContain('every row');
    const target = await emptyDatabase();
    const env = { RESTORE_DATABASE_URL: target.databaseUrl, BACKUP_IDENTITY: world.identity };
    const restored = await run(['restore', name, '--json'], env);
    expect(JSON.parse(restored.text)).toMatchObject({ name, tables: expect.any(Number) });
    expect(await allRows(target.databaseUrl)).toEqual(await allRows(world.source.databaseUrl));
  });

  it('generates a matching pair of keys', async () => {
    const { recipient, identity } = JSON.parse((await run(['keygen', '--json'])).text);
    const made = JSON.parse(
      (await run(['create', '--json'], { BACKUP_RECIPIENTS: `${recipient}, ${world.recipient}` })).text,
    );
    await expect(verify(made, identity)).resolves.toBe('rows');
    await expect(verify(made, world.identity)).resolves.toBe('rows');
  });

  it.each([
    [[]],
    [['create', 'now']],
    [['list', '--prune']],
    [['create', '--label', 'Not ok']],
    [['verify', 'a', 'b']],
  ])('prints its usage for %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 2 });
  });

  it('names every invalid variable, and a backup that does not exist', async () => {
    const wrong = { BACKUP_RECIPIENTS: 'age1x', BACKUP_PREFIX: 'lessons/' };
    await expect(run(['create'], wrong)).rejects.toThrow(
      /BACKUP_PREFIX.*\n.*BACKUP_RECIPIENTS|BACKUP_RECIPIENTS.*\n.*BACKUP_PREFIX/,
    );
    await expect(run(['verify', '20200101T000000Z-000000'])).rejects.toThrow('there is no backup');
    await expect(run(['restore'])).rejects.toThrow('RESTORE_DATABASE_URL');
  });
});

describe('pruning', () => {
  it('deletes both files of expired backups, and uploads that were never finished', async () => {
    const old = await create('old', new Date(Date.now() - 400 * 86_400_000));
    const torn = '20200101T000000Z-abcdef';
    await world.store.putStream(dumpKey(torn), oneChunk(Buffer.from('half')));
    const kept = await listBackups(world.store);
    const deleted = await pruneBackups(
      world.store,
      { days: 1, weeks: 0, months: 0 },
      new Date(Date.now() + 2 * 86_400_000),
    );
    expect(deleted).toEqual(expect.arrayContaining([old.name, torn]));
    const left = await listBackups(world.store);
    expect(left).toEqual(kept.slice(-1));
    expect(await world.bucket.keys()).toEqual([
      `backups/${dumpKey(left[0] ?? '')}`,
      `backups/${manifestKey(left[0] ?? '')}`,
    ]);
    await expect(readManifest(world.store, 'latest')).resolves.toMatchObject({ name: left[0] });
  });
});
