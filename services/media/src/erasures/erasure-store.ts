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

/** Removes the uploader's id from finished lesson files, which stay with their course. */
export async function anonymiseLessonFiles(tx: Tx, userId: string): Promise<void> {
  await tx.asset.updateMany({
    where: { ownerId: userId, status: 'ready', purpose: { in: lessonPurposes } },
    data: { ownerId: nobody },
  });
}

export async function deleteUserCounters(tx: Tx, userId: string): Promise<void> {
  await tx.dailyUpload.deleteMany({ where: { userId } });
  await tx.idempotencyKey.deleteMany({ where: { scope: { startsWith: `${userId} ` } } });
}

/** Ids of a user's remaining assets, in order, after `afterId`. */
export async function listOwnedIds(
  tx: Tx,
  query: { userId: string; afterId: string; limit: number },
): Promise<string[]> {
  const rows = await tx.asset.findMany({
    where: { ownerId: query.userId, id: { gt: query.afterId } },
    orderBy: { id: 'asc' },
    take: query.limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}
