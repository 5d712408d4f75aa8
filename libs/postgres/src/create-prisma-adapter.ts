import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import type { PoolLog } from './connection.ts';
import { statementName } from './create-sql.ts';

/**
 * The driver adapter for `new PrismaClient({ adapter })`, on a pool that others may use too. Once the client has
 * connected, `$disconnect()` ends the pool. Both model queries and raw queries use `schema`. Statements are prepared
 * once per connection.
 */
export function createPrismaAdapter(
  pool: pg.Pool,
  { schema, log }: { schema: string; log: PoolLog },
): PrismaPg {
  return new PrismaPg(pool, {
    schema,
    disposeExternalPool: true,
    statementNameGenerator: ({ sql }) => statementName(sql) as string,
    onConnectionError: (err) => log.warn({ err }, 'a database connection was lost'),
  });
}
