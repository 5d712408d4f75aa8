import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { stackEnv } from './stack-env.ts';

export interface TestDatabase {
  databaseUrl: string;
  /** Runs SQL on a connection that is not part of the test. */
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  drop(): Promise<void>;
}

/**
 * Creates an empty database for one test file, so that files can run concurrently. With `icuLocale`, such as `en-US`,
 * texts are not in the order of their bytes, as on many managed servers.
 */
export async function createTestDatabase(
  prefix = 'test',
  { icuLocale }: { icuLocale?: string } = {},
): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  const server = stackEnv().databaseUrl;
  const locale = icuLocale
    ? ` TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '${icuLocale}' LOCALE 'C'`
    : '';
  await onServer(server, `CREATE DATABASE "${name}"${locale}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 3 });
  pool.on('error', () => undefined);
  return {
    databaseUrl: url.href,
    query: async <R extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await pool.query<R>(sql, values)).rows,
    drop: async () => {
      await pool.end();
      await onServer(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    },
  };
}

async function onServer(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
