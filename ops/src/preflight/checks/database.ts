import { ConfigError, checkDatabaseUrls, directDatabaseUrl } from '@lms/config';
import { connectionConfig, createPool } from '@lms/postgres';
import pg from 'pg';
import { type Check, failed, messageOf, ok } from '../check.ts';

const schema = 'preflight';
const connectTimeoutMs = 5_000;

/** Sessions reach PostgreSQL without a pooler in between, and requests reach it through one if there is one. */
export const databaseCheck: Check = {
  name: 'database',
  async run({ env }) {
    const { DATABASE_URL, DATABASE_DIRECT_URL } = env;
    if (!DATABASE_URL) return failed('DATABASE_URL is not set', 'set it; see .env.example');
    const urls = { DATABASE_URL, DATABASE_DIRECT_URL };
    const name = DATABASE_DIRECT_URL ? 'DATABASE_DIRECT_URL' : 'DATABASE_URL';
    try {
      checkDatabaseUrls(urls);
      if (!(await keepsSession(directDatabaseUrl(urls))))
        return failed(
          `${name} leads to a pooler, which ignores the settings of a session`,
          'set DATABASE_DIRECT_URL to the server behind the pooler',
        );
      if (DATABASE_DIRECT_URL) await askThroughPooler(DATABASE_URL);
    } catch (error) {
      if (error instanceof ConfigError)
        return failed(
          error.problems.map((problem) => `${problem.name} ${problem.message}`).join('; '),
          'correct these variables; .env.example describes each',
        );
      const message = messageOf(error);
      return failed(
        `PostgreSQL: ${message}`,
        /unsupported startup parameter/.test(message)
          ? `${name} leads to a pooler: set DATABASE_DIRECT_URL to the server behind it`
          : 'check the URLs, that the server is running, and that the network lets this machine reach it',
      );
    }
    return ok(DATABASE_DIRECT_URL ? 'answers through the pooler and directly' : 'answers, without a pooler');
  },
};

/** True if a setting made when connecting is in force afterwards. */
async function keepsSession(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({
    ...connectionConfig({ databaseUrl, schema }),
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
    application_name: 'lms-preflight',
  });
  // The running query reports a lost connection.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ path: string }>(`SELECT current_setting('search_path') AS path`);
    return rows[0]?.path === pg.escapeIdentifier(schema);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function askThroughPooler(databaseUrl: string): Promise<void> {
  const pool = createPool({
    ...{ databaseUrl, schema, pooler: true, poolSize: 1, connectTimeoutMs },
    ...{ statementTimeoutMs: connectTimeoutMs, applicationName: 'preflight', log: { warn: () => undefined } },
  });
  await pool.query('SELECT 1').finally(() => pool.end());
}
