import { createHash } from 'node:crypto';
import pg from 'pg';
import { describeSchema } from '../schema/describe-schema.ts';
import type { Manifest } from './manifest.ts';

export type SchemaFacts = Manifest['schemas'][number];

/** Rows are hashed as text, so every session must format the same value in the same way. */
const sessionSettings = [
  "SET search_path = ''",
  'SET statement_timeout = 0',
  // The session is idle while pg_dump or pg_restore runs.
  'SET idle_in_transaction_session_timeout = 0',
  'SET idle_session_timeout = 0',
  "SET lock_timeout = '30s'",
  'SET row_security = off',
  "SET DateStyle = 'ISO'",
  "SET IntervalStyle = 'postgres'",
  "SET bytea_output = 'hex'",
  'SET extra_float_digits = 3',
  "SET TimeZone = 'UTC'",
];

/** Opens the connection for reading a database before a backup or after a restore. */
export async function openSession(databaseUrl: string, applicationName: string): Promise<pg.Client> {
  const url = new URL(databaseUrl);
  url.searchParams.delete('schema');
  const client = new pg.Client({
    connectionString: url.href,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: applicationName,
  });
  // The running query reports a broken connection; without a listener the error would end the process.
  client.on('error', () => undefined);
  await client.connect();
  for (const setting of sessionSettings) await client.query(setting);
  return client;
}

/** Version of the server, such as `18.4`; the number before the point is the major version. */
export async function serverVersion(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  return rows[0]?.server_version ?? '';
}

/** All schemas except PostgreSQL's own; `public` only if it is not empty. */
export async function listSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname::text AS name FROM pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (n.nspname <> 'public'
       OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid)
       OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid))
     ORDER BY n.nspname`,
  );
  return rows.map(({ name }) => name);
}

/**
 * Like pg_dump, keeps migrations from changing the tables until the transaction ends, because a table that is
 * rewritten after the snapshot appears empty in it. Waits at most 30 s for a running migration.
 */
export async function lockTables(client: pg.Client): Promise<void> {
  const tables = await listTables(client);
  const names = tables.map(({ schema, name }) => `${quoted(schema)}.${quoted(name)}`);
  if (names.length > 0) await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
}

/**
 * Describes the content of the database: a hash of the objects of every schema with its newest migration, and the
 * number and hash of the rows of every table. The server computes them, so they verify the work of pg_dump.
 */
export async function readFacts(client: pg.Client): Promise<SchemaFacts[]> {
  const all = await listTables(client);
  const facts: SchemaFacts[] = [];
  for (const schema of await listSchemas(client)) {
    const names = all.filter((table) => table.schema === schema).map(({ name }) => name);
    const tables: SchemaFacts['tables'] = [];
    for (const name of names) tables.push({ name, ...(await readRows(client, schema, name)) });
    facts.push({
      name: schema,
      fingerprint: await fingerprintOf(client, schema),
      migration: names.includes('_prisma_migrations') ? await newestMigration(client, schema) : null,
      tables,
    });
  }
  return facts;
}

/** Tables with their own rows, except those that belong to extensions. */
async function listTables(client: pg.Client): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query<{ schema: string; name: string }>({
    text: `SELECT n.nspname::text AS schema, c.relname::text AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1, 2`,
    values: [await listSchemas(client)],
  });
  return rows;
}

/** The sum of the rows' hashes, which does not depend on their order. */
async function readRows(
  client: pg.Client,
  schema: string,
  table: string,
): Promise<{ rows: number; checksum: string }> {
  const hash = `('x' || encode(substr(sha256(convert_to((lms_row.*)::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`;
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `SELECT count(*) AS rows, coalesce(sum(${hash}), 0)::text AS checksum
     FROM ONLY ${quoted(schema)}.${quoted(table)} AS lms_row`,
  );
  const [{ rows: count, checksum } = { rows: '0', checksum: '0' }] = rows;
  return { rows: Number(count), checksum };
}

/** SHA-256 of the objects of a schema, without indexes whose build failed, which pg_dump omits. */
async function fingerprintOf(client: pg.Client, schema: string): Promise<string> {
  const lines = await describeSchema(client, schema);
  const kept = lines.filter((line) => !(line.startsWith('index ') && line.endsWith('valid=f')));
  return createHash('sha256').update(kept.join('\n')).digest('hex');
}

async function newestMigration(client: pg.Client, schema: string): Promise<string | null> {
  const { rows } = await client.query<{ name: string | null }>(
    `SELECT max(migration_name) AS name FROM ${quoted(schema)}."_prisma_migrations"
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  return rows[0]?.name ?? null;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
