import { appendEvent, type EventData } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import { eraseBatch } from './erasure-store.ts';

/** Rows that one transaction deletes; few users have more. */
const limit = 1_000;
type Erasure = Pick<EventData<'user.deleted'>, 'userId' | 'erasureId'>;

/**
 * Job: deletes the rows of an erased user, a batch at a time, and then publishes `user.erased.ai`. It continues where a
 * stopped one was.
 */
export async function eraseUser(
  erasure: Erasure,
  { sql }: Pick<Deps, 'sql'>,
  signal: AbortSignal,
): Promise<void> {
  let done = false;
  while (!done) {
    signal.throwIfAborted();
    done = await sql.transaction((tx) => eraseNext(tx, erasure));
  }
}

/** Deletes one batch; reports the erasure and returns true if nothing is left. */
export async function eraseNext(tx: SqlTransaction, { userId, erasureId }: Erasure): Promise<boolean> {
  if ((await eraseBatch(tx, userId, limit)) >= limit) return false;
  const erasedAt = new Date().toISOString();
  await appendEvent(tx, { type: 'user.erased.ai', data: { userId, erasureId, service: 'ai', erasedAt } });
  return true;
}
