import pg from 'pg';
import { createDirectClient, createPoolerClient } from './database-client.ts';

/** Receives a pool's messages about lost connections; matches `Logger` of @lms/runtime. */
export interface PoolLog {
  warn(facts: object, message: string): void;
}

export interface PoolOptions {
  /** As in `DATABASE_URL`; Prisma's own `?schema=` is ignored in favour of `schema` below. */
  databaseUrl: string;
  /** True if the URL leads to a pooler in transaction mode, through which sessions have no settings of their own. */
  pooler?: boolean;
  /** PostgreSQL schema of the service; becomes the search path of every connection. */
  schema: string;
  /** Maximum number of connections of this pool. */
  poolSize: number;
  /** Longest wait for a connection, in ms; the driver's own default is no limit. */
  connectTimeoutMs: number;
  /** Longest time for one statement, in ms; 15 s by default. */
  statementTimeoutMs?: number;
  /** Shown in pg_stat_activity after `lms-`. */
  applicationName: string;
  log: PoolLog;
}

/** Longest wait for a lock: less than Prisma's 5 s for a transaction, so that the error names the cause. */
const lockTimeoutMs = 3_000;
const idleInTransactionTimeoutMs = 30_000;
/** Time after the statement timeout until a silent server is considered down. */
const silenceMs = 2_000;

/** Options of every pool: each wait has a limit. */
export function poolConfig(options: PoolOptions): pg.PoolConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000;
  const limits = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  };
  const shared = {
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    // The driver then closes a connection on which the server falls silent.
    query_timeout: statementTimeoutMs + silenceMs,
    application_name: `lms-${options.applicationName}`,
    // Statements that do not wait for each other's results share a round trip.
    pipeline: true,
  };
  if (!options.pooler)
    return {
      ...connectionConfig(options),
      ...shared,
      ...limits,
      Client: createDirectClient(),
    } as pg.PoolConfig;
  // Poolers refuse or ignore `options` and limits at the start of a connection.
  const { options: _startup, ...connection } = connectionConfig(options);
  const settings = { search_path: pg.escapeIdentifier(options.schema), ...limits };
  return { ...connection, ...shared, Client: createPoolerClient(settings) } as pg.PoolConfig;
}

/** Where to connect, with `schema` as the search path, also for raw SQL. */
export function connectionConfig(target: {
  databaseUrl: string;
  schema: string;
}): Pick<pg.ClientConfig, 'connectionString' | 'options' | 'keepAlive' | 'keepAliveInitialDelayMillis'> {
  const url = new URL(target.databaseUrl);
  const given = url.searchParams.get('options');
  url.searchParams.delete('schema');
  // The driver prefers the URL's options over ours, so combine them.
  url.searchParams.delete('options');
  const searchPath = `-c search_path=${pg.escapeIdentifier(checkedSchema(target.schema))}`;
  return {
    connectionString: url.href,
    options: given ? `${given} ${searchPath}` : searchPath,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** The name of the database in a URL. */
export function databaseNameOf(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
}

function checkedSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return schema;
  throw new Error(`"${schema}" is not a schema name (a-z, 0-9 and _, at most 63)`);
}
