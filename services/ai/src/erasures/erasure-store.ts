import { AppError } from '@lms/errors';
import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';

/** Makes other transactions for the same user wait until this one ends. */
export async function lockUser(tx: Tx, userId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`ai:user:${userId}`}, 0))`;
}

export async function isErased(tx: Tx, userId: string): Promise<boolean> {
  return (await tx.erasure.count({ where: { userId } })) > 0;
}

/** @throws AppError `session_revoked` for an erased user. */
export async function refuseErased(tx: Tx, userId: string): Promise<void> {
  if (await isErased(tx, userId)) throw new AppError('session_revoked', 'This account is being deleted.');
}

/** Records an erasure; false if it was already recorded. */
export async function insertErasure(
  tx: Tx,
  erasure: { userId: string; erasureId: string; erasedAt: Date },
): Promise<boolean> {
  const { count } = await tx.erasure.createMany({ data: [erasure], skipDuplicates: true });
  return count === 1;
}

/** At most `limit` ($2) rows of a table that meet a condition on the user ($1), by their key. */
const some = (table: string, key: string, condition: string) =>
  `DELETE FROM ${table} WHERE ${condition} AND ${key} = ANY (ARRAY(
     SELECT ${key} FROM ${table} WHERE ${condition} LIMIT $2::int))`;

const deletions = [
  some('grading_jobs', 'id', 'user_id = $1::uuid'),
  // First the recordings: without one, no transcript is claimed.
  some('recordings', 'asset_id', 'owner_id = $1::uuid'),
  some('transcripts', 'asset_id', 'owner_id = $1::uuid'),
  some('daily_usage', 'day', 'user_id = $1::uuid'),
  some('invocations', 'id', 'user_id = $1::uuid'),
  some('idempotency_keys', 'scope', `scope LIKE $1::text || ' %'`),
];

/**
 * Deletes about `limit` rows of an erased user: texts, feedback, transcripts, usage. Returns how many: fewer than
 * `limit` when nothing is left.
 */
export async function eraseBatch(tx: SqlTransaction, userId: string, limit: number): Promise<number> {
  let deleted = 0;
  for (const deletion of deletions) {
    deleted += await tx.$executeRawUnsafe(deletion, userId, limit - deleted);
    if (deleted >= limit) break;
  }
  return deleted;
}
