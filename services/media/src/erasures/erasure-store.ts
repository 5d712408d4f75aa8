import type { SqlTransaction } from '@lms/postgres';
import { nobody } from '../assets/asset.ts';
import type { Tx } from '../deps.ts';

const lessonPurposes = ['lesson_audio', 'lesson_image'];

export interface Erasure {
  userId: string;
  erasureId: string;
  completedAt: Date | null;
}

/** The erasure of a user, started or complete; null if there is none. */
export async function findErasure(tx: Tx, userId: string): Promise<Erasure | null> {
  return tx.erasure.findUnique({ where: { userId } });
}

export async function insertErasure(
  tx: Tx,
  erasure: { userId: string; erasureId: string },
): Promise<boolean> {
  const { count } = await tx.erasure.createMany({ data: [erasure], skipDuplicates: true });
  return count === 1;
}

/** Records that the erasure is complete; false if it already was. */
export async function completeErasure(tx: Tx, userId: string, completedAt: Date): Promise<boolean> {
  const { count } = await tx.erasure.updateMany({
    where: { userId, completedAt: null },
    data: { completedAt },
  });
  return count === 1;
}

/** A page of a user's remaining assets, in order, after `afterId`. */
export async function listOwned(
  tx: Tx,
  query: { userId: string; afterId: string; limit: number },
): Promise<{ id: string; isFinishedLessonFile: boolean }[]> {
  const rows = await tx.asset.findMany({
    where: { ownerId: query.userId, id: { gt: query.afterId } },
    orderBy: { id: 'asc' },
    take: query.limit,
    select: { id: true, purpose: true, status: true },
  });
  return rows.map(({ id, purpose, status }) => ({
    id,
    isFinishedLessonFile: status === 'ready' && lessonPurposes.includes(purpose),
  }));
}

/** Removes the uploader's id from these files, which stay with their course. */
export async function anonymise(tx: Tx, userId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.asset.updateMany({
    where: { id: { in: ids }, ownerId: userId, status: 'ready' },
    data: { ownerId: nobody },
  });
}

/** Deletes about `limit` rows of a user other than assets; returns how many, fewer than `limit` when nothing is left. */
export async function deleteUserRows(tx: SqlTransaction, userId: string, limit: number): Promise<number> {
  const counters = await tx.$executeRawUnsafe(
    `DELETE FROM daily_uploads WHERE user_id = $1::uuid AND day = ANY (ARRAY(
       SELECT day FROM daily_uploads WHERE user_id = $1::uuid LIMIT $2::int))`,
    userId,
    limit,
  );
  if (counters >= limit) return counters;
  const keys = await tx.$executeRawUnsafe(
    `DELETE FROM idempotency_keys WHERE scope LIKE $1::text || ' %' AND scope = ANY (ARRAY(
       SELECT scope FROM idempotency_keys WHERE scope LIKE $1::text || ' %' LIMIT $2::int))`,
    userId,
    limit - counters,
  );
  return counters + keys;
}
