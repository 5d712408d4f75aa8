import type { Sql, SqlTransaction } from '@lms/postgres';

/** A user whose data is to be deleted, and the erasure it belongs to. */
export interface Erasure {
  userId: string;
  erasureId: string;
}

/** Deletes a user's rows in batches, each in a transaction of its own, and reports when nothing is left. */
export interface Eraser {
  /** Deletes one batch in `tx`. Returns true, after it has reported the erasure, if nothing is left. */
  eraseNext(tx: SqlTransaction, erasure: Erasure): Promise<boolean>;
  /** Job: deletes everything that is left. A job that is stopped continues where it was. @throws when `signal` aborts. */
  eraseRest(erasure: Erasure, deps: { sql: Sql }, signal: AbortSignal): Promise<void>;
}

/** Rows that one transaction deletes: enough for most users' whole data, and few enough to take well under a second. */
const limit = 1_000;

/**
 * @param options.eraseBatch deletes at most `limit` rows of the user and returns their number.
 * @param options.report publishes that the user was erased, in the transaction that deleted the last row.
 */
export function createEraser({
  eraseBatch,
  report,
}: {
  eraseBatch(tx: SqlTransaction, userId: string, limit: number): Promise<number>;
  report(tx: SqlTransaction, erased: Erasure & { erasedAt: string }): Promise<unknown>;
}): Eraser {
  const eraseNext: Eraser['eraseNext'] = async (tx, erasure) => {
    if ((await eraseBatch(tx, erasure.userId, limit)) >= limit) return false;
    await report(tx, { ...erasure, erasedAt: new Date().toISOString() });
    return true;
  };
  return {
    eraseNext,
    async eraseRest(erasure, { sql }, signal) {
      let done = false;
      while (!done) {
        signal.throwIfAborted();
        done = await sql.transaction((tx) => eraseNext(tx, erasure));
      }
    },
  };
}
