import { ConfigError } from './parse-config.ts';

/** Variables that say how PostgreSQL is reached. */
export interface DatabaseUrls {
  DATABASE_URL: string;
  DATABASE_DIRECT_URL?: string | undefined;
}

/** Ports of PgBouncer and of Supavisor's transaction mode, which PostgreSQL itself seldom has. */
const poolerPorts = ['6432', '6543'];

/** The URL of the server itself: for what needs a session, such as LISTEN, session locks and migrations. */
export function directDatabaseUrl(config: DatabaseUrls): string {
  return config.DATABASE_DIRECT_URL || config.DATABASE_URL;
}

/**
 * Checks that the two URLs fit together.
 * @throws ConfigError if DATABASE_URL says that it leads to a pooler and nothing says where the server is; if it has
 *   `options`, which poolers refuse or ignore; if the direct URL itself leads to a pooler.
 */
export function checkDatabaseUrls(config: DatabaseUrls): void {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: direct } = config;
  const problems = [
    ...(saysPooler(url) && !direct
      ? [
          {
            name: 'DATABASE_DIRECT_URL',
            message:
              'is required, because DATABASE_URL has pgbouncer=true: name the server without the pooler',
          },
        ]
      : []),
    ...(direct && new URL(url).searchParams.has('options')
      ? [
          {
            name: 'DATABASE_URL',
            message:
              'must not have options when DATABASE_DIRECT_URL is set, because poolers refuse or ignore them',
          },
        ]
      : []),
    ...(direct && saysPooler(direct)
      ? [{ name: 'DATABASE_DIRECT_URL', message: 'must not lead to a pooler, but it has pgbouncer=true' }]
      : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}

/** What looks wrong with the URLs but may be right, in words for a log; undefined if nothing does. */
export function databaseUrlWarning(config: DatabaseUrls): string | undefined {
  if (config.DATABASE_DIRECT_URL || !poolerPorts.includes(new URL(config.DATABASE_URL).port))
    return undefined;
  return 'DATABASE_URL has the port of a pooler: if that pools transactions, DATABASE_DIRECT_URL must name the server without it';
}

function saysPooler(url: string): boolean {
  return new URL(url).searchParams.get('pgbouncer') === 'true';
}
