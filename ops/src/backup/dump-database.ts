import { createHash } from 'node:crypto';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { describeSchema } from '../schema/describe-schema.ts';
import {
  readSchemaDdl,
  readSequenceValues,
  readTableColumns,
  type SchemaDdl,
  type TableColumns,
} from '../schema/schema-ddl.ts';
import {
  copyTarget,
  copyText,
  createMeter,
  end,
  endOfRows,
  head,
  quoted,
  statementText,
} from './dump-format.ts';
import type { Manifest } from './manifest.ts';

export type SchemaFacts = Manifest['schemas'][number];

/** Makes every name come out with its schema, and tables be read from their beginning. */
const sessionSettings = [
  "SET search_path = ''",
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  'SET synchronize_seqscans = off',
  'SET row_security = off',
  "SET DateStyle = 'ISO'",
  "SET IntervalStyle = 'postgres'",
  'SET extra_float_digits = 3',
  "SET TimeZone = 'UTC'",
];

/** Opens the connection that a dump, or the check of a restored database, is read on. */
export async function openSession(databaseUrl: string, applicationName: string): Promise<pg.Client> {
  const url = new URL(databaseUrl);
  url.searchParams.delete('schema');
  const client = new pg.Client({
    connectionString: url.href,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: applicationName,
  });
  // The query in hand reports a broken connection; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  for (const setting of sessionSettings) await client.query(setting);
  return client;
}

/** Schemas that are ours: all but PostgreSQL's own, and `public` only when something is in it. */
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
 * Writes all schemas as one SQL text, from one snapshot: every table as it was at the same moment, while
 * others go on reading and writing. Waits at most 30 s for a migration that runs. `facts` is filled on the way.
 * @throws Error when the database has something that a backup cannot hold (schema-ddl.ts).
 */
export async function* dumpDatabase(client: pg.Client, facts: SchemaFacts[]): AsyncGenerator<Buffer> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const schemas = await listSchemas(client);
  const tables: TableColumns[] = [];
  for (const schema of schemas) tables.push(...(await readTableColumns(client, schema)));
  await lockTables(client, tables);
  const ddl: SchemaDdl[] = [];
  for (const schema of schemas) {
    ddl.push(await readSchemaDdl(client, schema));
    facts.push({
      name: schema,
      fingerprint: await fingerprintOf(client, schema),
      migration: await newestMigration(client, schema, tables),
      tables: [],
    });
  }

  yield Buffer.from(head);
  const settings = ["SET client_encoding = 'UTF8'", ...sessionSettings, 'SET check_function_bodies = off'];
  for (const sql of [...settings, ...ddl.flatMap(({ before }) => before)])
    yield Buffer.from(statementText(sql));
  for (const table of tables) {
    yield Buffer.from(copyText(table));
    const counted = copyRows(client, table);
    yield* counted.rows;
    yield Buffer.from(endOfRows);
    facts.find(({ name }) => name === table.schema)?.tables.push({ name: table.table, ...counted.result() });
  }
  for (const schema of schemas)
    for (const sql of await readSequenceValues(client, schema)) yield Buffer.from(statementText(sql));
  for (const sql of [...ddl.flatMap(({ after }) => after), ...ddl.flatMap(({ last }) => last)])
    yield Buffer.from(statementText(sql));
  yield Buffer.from(end);
  await client.query('COMMIT');
}

/** A table's rows as COPY writes them, in the order they lie in; count and SHA-256 once all were read. */
export function copyRows(client: pg.Client, table: TableColumns) {
  const meter = createMeter();
  const stream = client.query(copyTo(`COPY ${copyTarget(table)} TO STDOUT`));
  async function* rows(): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      meter.add(chunk);
      yield chunk;
    }
  }
  return { rows: rows(), result: () => ({ rows: stream.rowCount, sha256: meter.result().sha256 }) };
}

/** SHA-256 of what a schema is made of, without indexes whose building failed. */
export async function fingerprintOf(client: pg.Client, schema: string): Promise<string> {
  const lines = await describeSchema(client, schema);
  const kept = lines.filter((line) => !(line.startsWith('index ') && line.endsWith('valid=f')));
  return createHash('sha256').update(kept.join('\n')).digest('hex');
}

/** Keeps migrations from changing the tables until all is read, as pg_dump does. */
async function lockTables(client: pg.Client, tables: TableColumns[]): Promise<void> {
  await client.query("SET lock_timeout = '30s'");
  const names = tables.map(({ schema, table }) => `${quoted(schema)}.${quoted(table)}`);
  if (names.length > 0) await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
}

async function newestMigration(
  client: pg.Client,
  schema: string,
  tables: TableColumns[],
): Promise<string | null> {
  if (!tables.some((table) => table.schema === schema && table.table === '_prisma_migrations')) return null;
  const { rows } = await client.query<{ name: string | null }>(
    `SELECT max(migration_name) AS name FROM ${quoted(schema)}."_prisma_migrations"
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  return rows[0]?.name ?? null;
}
