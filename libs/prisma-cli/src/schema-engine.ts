#!/usr/bin/env -S node --no-warnings
/**
 * Prisma's CLI talks to a native engine binary that it downloads on first use. This stands in for it: the
 * same JSON-RPC on stdin and stdout, backed by the same engine compiled to WebAssembly, from npm
 * (docs/adr/0001-prisma-wasm-schema-engine.md). The CLI is pointed here by PRISMA_SCHEMA_ENGINE_BINARY.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlQuery,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

type Json = Record<string, unknown>;
type Rpc = (params: Json) => Promise<unknown>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { datamodels: { type: 'string', multiple: true }, datasource: { type: 'string' } },
});
const datasource = (typeof values.datasource === 'string' ? JSON.parse(values.datasource) : {}) as {
  url?: string;
};
const url = new URL(datasource.url ?? process.env.DATABASE_URL ?? 'postgresql://localhost/none');
const schema = url.searchParams.get('schema') ?? undefined;
const databaseName = decodeURIComponent(url.pathname.slice(1));
/** Databases that exist only while the engine compares schemas. */
const shadowDatabases = new Set<string>();

/** `cli can-connect-to-database | create-database | drop-database`, with the exit codes the CLI expects. */
async function runCliCommand(command: string | undefined): Promise<void> {
  try {
    if (command === 'create-database') await createDatabase();
    else if (command === 'drop-database') {
      await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(databaseName)}`));
    } else await withClient(plainUrl(), async () => undefined);
    logLine('INFO', 'ok');
    process.exit(0);
  } catch (error) {
    const state = error instanceof Error && 'code' in error ? String(error.code) : '';
    const code = { '3D000': 'P1003', '28P01': 'P1000' }[state] ?? 'P1001';
    logLine('ERROR', error instanceof Error ? error.message : state, code);
    process.exit(1);
  }
}

function serveRpc(): void {
  const pending = new Set<unknown>();
  reportPanics(pending);
  let engine: Promise<Record<string, Rpc>> | undefined;
  const local: Record<string, Rpc> = {
    createDatabase: async () => {
      await createDatabase();
      return { databaseName };
    },
    getDatabaseVersion: async (params) => {
      engine ??= startEngine();
      return (await engine).version?.(params);
    },
  };
  createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
    .on('line', async (line) => {
      if (!line.trim()) return;
      const { id, method, params } = JSON.parse(line) as { id: unknown; method?: string; params: Json };
      if (!method) return;
      pending.add(id);
      try {
        engine ??= local[method] ? undefined : startEngine();
        const engineApi = await engine;
        const result = (await (local[method] ?? engineApi?.[method]?.bind(engineApi))?.(params)) as
          | Json
          | undefined;
        if (method === 'diff' && typeof result?.stdout === 'string') {
          send({ jsonrpc: '2.0', id: `print-${id}`, method: 'print', params: { content: result.stdout } });
        }
        send({ jsonrpc: '2.0', id, result: result ?? {} });
      } catch (error) {
        send({ jsonrpc: '2.0', id, error: rpcError(error) });
      } finally {
        pending.delete(id);
      }
    })
    .on('close', () => process.exit(0));
}

/**
 * A panic of the engine rejects no call. This answers the pending calls with it, so that the CLI fails with the
 * message; otherwise the CLI would end silently with exit code 0.
 */
function reportPanics(pending: Set<unknown>): void {
  let panic: string | undefined;
  const registry = {
    set_message(message: string) {
      panic = message;
    },
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: registry });
  process.on('uncaughtException', async (error) => {
    // Reported as a plain error, because for a panic the CLI would not show the message.
    const message = `the schema engine panicked: ${panic ?? error.message}`;
    for (const id of pending) send({ jsonrpc: '2.0', id, error: rpcError({ message }) });
    logLine('ERROR', message);
    await Promise.allSettled([...shadowDatabases].map(dropShadowDatabase));
    process.exit(101);
  });
}

/** Node has this global, but its types are only in the DOM library. */
const wasmRuntime = (globalThis as unknown as { WebAssembly: WasmRuntime }).WebAssembly;
interface WasmRuntime {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

async function startEngine(): Promise<Record<string, Rpc>> {
  const require = createRequire(import.meta.url);
  const wasm = require
    .resolve('@prisma/schema-engine-wasm')
    .replace(/schema_engine\.js$/, 'schema_engine_bg.wasm');
  const { instance } = await wasmRuntime.instantiate(readFileSync(wasm), {
    './schema_engine_bg.js': glue as never,
  });
  (glue as unknown as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const files = Array.isArray(values.datamodels) ? values.datamodels.map(String) : [];
  // The engine panics on an empty list.
  const datamodels = files.length > 0 ? files.map((file) => [file, readFileSync(file, 'utf8')]) : undefined;
  const factory = {
    provider: 'postgres' as const,
    adapterName: '@prisma/adapter-pg',
    connect: () => openAdapter(undefined),
    connectToShadowDb: async () => {
      const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
      shadowDatabases.add(name);
      await asAdmin((client) => client.query(`CREATE DATABASE "${name}"`));
      return openAdapter(name, () => dropShadowDatabase(name));
    },
  };
  const { SchemaEngine } = glue as unknown as {
    SchemaEngine: {
      new: (options: object, log: () => void, adapter: unknown) => Promise<Record<string, Rpc>>;
    };
  };
  return SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory));
}

/**
 * The adapter with additions that only the schema engine needs: the catalogue's "char" columns, scripts sent whole
 * (splitting at `;` breaks function bodies), and the schema kept for shadow databases.
 */
async function openAdapter(database: string | undefined, onDispose?: () => Promise<unknown>) {
  const pool = new pg.Pool({
    connectionString: plainUrl(database),
    max: 1,
    connectionTimeoutMillis: 5_000,
    ...(schema ? { options: `-c search_path=${JSON.stringify(schema)}` } : {}),
  });
  pool.on('error', () => undefined);
  const adapter = withCharColumns(await new PrismaPg(pool, schema ? { schema } : {}).connect());
  const { startTransaction } = adapter;
  const fail = (adapter as unknown as { onError(error: unknown): never }).onError.bind(adapter);
  return Object.assign(adapter, {
    startTransaction: async (...args: Parameters<typeof startTransaction>) =>
      withCharColumns(await startTransaction.apply(adapter, args)),
    executeScript: async (script: string) => {
      await pool.query(script).catch(fail);
    },
    dispose: async () => {
      await pool.end();
      await onDispose?.();
    },
  });
}

/** What is used of adapter-pg's queryable beyond its type. */
interface PgQueryable {
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[]; rows: unknown[] }>;
}

/** adapter-pg refuses PostgreSQL's "char"; the engine reads such columns of the catalogue as characters. */
function withCharColumns<Q extends SqlQueryable>(queryable: Q): Q {
  const charOid = 18;
  const textOid = 25;
  const charColumns = new WeakMap<object, number[]>();
  const { performIO } = queryable as unknown as PgQueryable;
  const { queryRaw } = queryable;
  return Object.assign(queryable, {
    performIO: async (query: SqlQuery) => {
      const result = await performIO.call(queryable, query);
      const fields = result.fields ?? [];
      const indexes = fields.flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []));
      for (const index of indexes) Object.assign(fields[index] ?? {}, { dataTypeID: textOid });
      if (result.rows) charColumns.set(result.rows, indexes);
      return result;
    },
    queryRaw: async (query: SqlQuery) => {
      const result = await queryRaw.call(queryable, query);
      for (const index of charColumns.get(result.rows) ?? []) {
        result.columnTypes[index] = ColumnTypeEnum.Character;
      }
      return result;
    },
  });
}

async function dropShadowDatabase(name: string): Promise<void> {
  await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
  shadowDatabases.delete(name);
}

async function createDatabase(): Promise<void> {
  await asAdmin(async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (!rowCount) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(databaseName)}`);
  });
}

function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(plainUrl('postgres'), work);
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function plainUrl(database?: string): string {
  const plain = new URL(url);
  plain.searchParams.delete('schema');
  if (database) plain.pathname = `/${database}`;
  return plain.href;
}

function rpcError(error: unknown): Json {
  let facts = (typeof error === 'object' && error !== null ? error : { message: String(error) }) as Json;
  if (typeof facts.message === 'string' && facts.message.startsWith('{'))
    facts = JSON.parse(facts.message) as Json;
  return {
    code: 4466,
    message: 'An error happened. Check the data field for details.',
    data: {
      is_panic: facts.is_panic === true,
      message: String(facts.message ?? error),
      error_code: facts.error_code ?? facts.code ?? null,
      meta: facts.meta ?? null,
    },
  };
}

function send(message: Json): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function logLine(level: string, message: string, errorCode?: string): void {
  const fields = { message, error_code: errorCode };
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  // The CLI skips the first line of what it reads here.
  process.stderr.write(`\n${JSON.stringify(line)}\n`);
}

if (positionals[0] === 'cli') await runCliCommand(positionals.at(-1));
else serveRpc();
