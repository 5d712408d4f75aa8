import { createHash } from 'node:crypto';
import pg, { type CustomTypesConfig, type Pool, type PoolClient } from 'pg';
import type { SqlTransaction } from './run-idempotently.ts';

/**
 * SQL over a pool, for paths where each millisecond counts: every statement is prepared once per connection, so
 * PostgreSQL does not plan it again. Statements are the same as those of a Prisma transaction, so a store function
 * that takes a `SqlTransaction` runs on both.
 *
 * Values: `timestamptz` is a Date, `json` and `jsonb` are parsed, `date`, `int8` and `numeric` are strings: cast in
 * the statement (`::int`, `::text`) where another type is wanted.
 */
export interface Sql extends SqlTransaction {
  /**
   * Runs `work` in a transaction on one connection, which commits when `work` resolves.
   * @throws what `work` throws, after a rollback; the driver's error if the connection breaks.
   */
  transaction<T>(work: (tx: SqlTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

export interface TransactionOptions {
  /** READ COMMITTED by default. With `snapshot`, all statements see one moment and none may write. */
  mode?: 'read committed' | 'snapshot';
}

const begin = {
  'read committed': 'BEGIN',
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
} as const;

/** Creates an `Sql` on `pool`; the pool's owner closes it. */
export function createSql(pool: Pool): Sql {
  return {
    ...statementsOn(pool),
    async transaction(work, { mode = 'read committed' } = {}) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        return await runTransaction(client, begin[mode], work);
      } catch (error) {
        // The connection may be inside a transaction still, so it is closed rather than returned.
        if (error instanceof RollbackFailed) broken = error;
        throw error instanceof RollbackFailed ? error.cause : error;
      } finally {
        client.release(broken);
      }
    },
  };
}

class RollbackFailed extends Error {}

async function runTransaction<T>(
  client: PoolClient,
  beginStatement: string,
  work: (tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  // Sent together with the first statement of `work`, in one round trip.
  const begun = client.query(beginStatement);
  begun.catch(() => undefined);
  try {
    const result = await work(statementsOn(client));
    await begun;
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back because a statement had failed');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      throw new RollbackFailed('ROLLBACK failed', { cause: error });
    });
    throw error;
  }
}

function statementsOn(queryable: Pool | PoolClient): SqlTransaction {
  const run = (text: string, values: unknown[]) =>
    queryable.query({ name: statementName(text), text, values, types });
  return {
    $queryRawUnsafe: async <R>(text: string, ...values: unknown[]) => (await run(text, values)).rows as R,
    $executeRawUnsafe: async (text, ...values) => (await run(text, values)).rowCount ?? 0,
  };
}

const dateOid = 1082;
/** The driver turns a `date` into midnight in the server's time zone, which is another day elsewhere. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === dateOid
      ? String
      : pg.types.getTypeParser(oid, format ?? 'text')) as CustomTypesConfig['getTypeParser'],
};

/** Bounded, because a caller might build statements from lists of different lengths. */
const maxNames = 1_000;
const names = new Map<string, string>();

/**
 * The name under which a statement is prepared; the same text always has the same name. Undefined when the process
 * has seen too many texts already: then the statement is not prepared, so that connections do not collect plans
 * without end.
 */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= maxNames) return known;
  const name = `lms_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}
