import { appendEvent } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import { eraseBatch } from './erasure-store.ts';

interface Erasure {
  userId: string;
  erasureId: string;
}

/** Rows that one transaction deletes: enough for most users' whole data, and few enough to take well under a second. */
const limit = 1_000;

/**
 * Job: deletes the data of an erased user in batches that commit one by one, and then publishes
 * `user.erased.content`. A job that is stopped continues where it was.
 */
export async function eraseLearner(
  erasure: Erasure,
  { sql }: Pick<Deps, 'sql'>,
  signal: AbortSignal,
): Promise<void> {
  do signal.throwIfAborted();
  while (!(await sql.transaction((tx) => eraseNext(tx, erasure))));
}

/** Deletes one batch and, if nothing is left then, publishes that. Returns false if there is more. */
export async function eraseNext(tx: SqlTransaction, { userId, erasureId }: Erasure): Promise<boolean> {
  if ((await eraseBatch(tx, userId, limit)) >= limit) return false;
  await appendEvent(tx, {
    type: 'user.erased.content',
    data: { userId, erasureId, service: 'content', erasedAt: new Date().toISOString() },
  });
  return true;
}
