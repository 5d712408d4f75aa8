import { AppError } from '@lms/errors';
import { sqlStateOf } from './database-errors.ts';

/** The part of a Prisma transaction that is needed here. */
export interface SqlTransaction {
  $queryRawUnsafe<T = unknown>(sql: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
}

export interface IdempotentRequest {
  /** User id and route, so that keys of different callers never collide. */
  scope: string;
  /** The Idempotency-Key header; if undefined, `work` simply runs. */
  key: string | undefined;
  /** Hash of everything that identifies the request, not the request itself. */
  requestHash: string;
}

/**
 * Runs `work` at most once per (`scope`, `key`), inside the caller's transaction: the stored answer commits
 * with the effect or not at all, so a retry either finds the answer or runs again. A duplicate that arrives
 * in the meantime waits for the first one (3 s). `work` must return JSON, which a duplicate receives.
 * Under SERIALIZABLE or REPEATABLE READ a duplicate may fail with 40001: use `retrySerializable`.
 * @throws AppError `idempotency_key_reused` if the key was used for another request;
 *   `request_in_progress` if the first one takes longer than the duplicate may wait.
 */
export async function runIdempotently<T>(
  tx: SqlTransaction,
  { scope, key, requestHash }: IdempotentRequest,
  work: () => Promise<T>,
): Promise<T> {
  if (key === undefined) return work();
  // The row itself is the lock: inserting waits for another transaction that has inserted the same key.
  const isFirst = await claim(tx, [scope, key, requestHash]);
  if (!isFirst) return storedResponse<T>(tx, { scope, key, requestHash });
  const response = await work();
  if (response !== undefined) {
    await tx.$executeRawUnsafe(
      'UPDATE idempotency_keys SET response = $3::jsonb WHERE scope = $1 AND key = $2',
      scope,
      key,
      JSON.stringify(response),
    );
  }
  return response;
}

const deleteBatch = 10_000;

/**
 * Deletes keys created before `olderThan` (a day ago by default), in batches of 10,000; run it on a
 * schedule. With a client instead of a transaction, each batch commits on its own. Rows are found by their place on disk,
 * a tenth of the cost of their keys (docs/adr/0020-partitions.md).
 * @returns the number deleted.
 */
export async function deleteExpiredIdempotencyKeys(
  tx: SqlTransaction,
  olderThan: Date = new Date(Date.now() - 86_400_000),
): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await tx.$executeRawUnsafe(
      `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM idempotency_keys WHERE created_at < $1::timestamptz
         ORDER BY created_at LIMIT ${deleteBatch} FOR UPDATE SKIP LOCKED))`,
      olderThan.toISOString(),
    );
    total += deleted;
    if (deleted < deleteBatch) return total;
  }
}

async function claim(tx: SqlTransaction, values: [string, string, string]): Promise<boolean> {
  try {
    const inserted = await tx.$executeRawUnsafe(
      'INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      ...values,
    );
    return inserted === 1;
  } catch (error) {
    const lockNotAvailable = '55P03';
    if (sqlStateOf(error) !== lockNotAvailable) throw error;
    throw new AppError(
      'request_in_progress',
      'The first request with this Idempotency-Key is still running.',
      {
        cause: error,
        retryAfterSeconds: 1,
      },
    );
  }
}

async function storedResponse<T>(
  tx: SqlTransaction,
  { scope, key, requestHash }: { scope: string; key: string; requestHash: string },
): Promise<T> {
  const [stored] = await tx.$queryRawUnsafe<StoredResponse<T>[]>(
    'SELECT request_hash, response, response IS NULL AS nothing FROM idempotency_keys WHERE scope = $1 AND key = $2',
    scope,
    key,
  );
  // The key expired and was deleted between the two statements, a day after the first request: treat it as in progress.
  if (!stored) throw new AppError('request_in_progress', 'Try again.', { retryAfterSeconds: 1 });
  if (stored.request_hash !== requestHash) {
    throw new AppError(
      'idempotency_key_reused',
      'This Idempotency-Key was already used for another request.',
    );
  }
  return stored.nothing ? (undefined as T) : stored.response;
}

interface StoredResponse<T> {
  request_hash: string;
  response: T;
  nothing: boolean;
}
