import type { Tx } from '../deps.ts';
import type { Asset as AssetRow } from '../generated/prisma/client.ts';
import type { Asset, RejectReason } from './asset.ts';

/** Reads an asset; null if it does not exist. */
export async function findAsset(tx: Tx, id: string): Promise<Asset | null> {
  const row = await tx.asset.findUnique({ where: { id } });
  return row && fromRow(row);
}

export async function insertAsset(
  tx: Tx,
  asset: Omit<Asset, 'status' | 'durationMs' | 'rejectReason' | 'createdAt' | 'readyAt'>,
): Promise<void> {
  await tx.asset.create({ data: asset });
}

/** Marks a pending asset as ready; false if it is no longer pending. */
export async function markReady(
  tx: Tx,
  id: string,
  facts: { durationMs: number | null; readyAt: Date },
): Promise<boolean> {
  const { count } = await tx.asset.updateMany({
    where: { id, status: 'pending' },
    data: { status: 'ready', ...facts },
  });
  return count === 1;
}

/** Marks a pending asset as rejected; false if it is no longer pending. */
export async function markRejected(tx: Tx, id: string, reason: RejectReason): Promise<boolean> {
  const { count } = await tx.asset.updateMany({
    where: { id, status: 'pending' },
    data: { status: 'rejected', rejectReason: reason },
  });
  return count === 1;
}

/** Hides an asset; false if it was already hidden or is not in one of the `from` states. */
export async function markDeleted(
  tx: Tx,
  id: string,
  from: Asset['status'][] = ['pending', 'ready', 'rejected'],
): Promise<boolean> {
  const { count } = await tx.asset.updateMany({
    where: { id, status: { in: from } },
    data: { status: 'deleted' },
  });
  return count === 1;
}

/** Uploads that were never completed, oldest first. */
export async function listAbandoned(tx: Tx, expiredBefore: Date, limit: number): Promise<Asset[]> {
  const rows = await tx.asset.findMany({
    where: { status: 'pending', uploadExpiresAt: { lt: expiredBefore } },
    orderBy: { uploadExpiresAt: 'asc' },
    take: limit,
  });
  return rows.map(fromRow);
}

/** Assets whose removal should have ended before `expiredBefore` and did not. */
export async function listLeftovers(tx: Tx, expiredBefore: Date, limit: number): Promise<Asset[]> {
  const rows = await tx.asset.findMany({
    where: { status: { in: ['deleted', 'rejected'] }, uploadExpiresAt: { lt: expiredBefore } },
    orderBy: { uploadExpiresAt: 'asc' },
    take: limit,
  });
  return rows.map(fromRow);
}

/** Uploads that a user has started and can still complete. */
export async function sumPending(
  tx: Tx,
  ownerId: string,
  now: Date,
): Promise<{ pendingUploads: number; pendingBytes: number }> {
  const { _count, _sum } = await tx.asset.aggregate({
    where: { ownerId, status: 'pending', uploadExpiresAt: { gt: now } },
    _count: true,
    _sum: { sizeBytes: true },
  });
  return { pendingUploads: _count, pendingBytes: _sum.sizeBytes ?? 0 };
}

/** Deletes an asset whose object is gone. */
export async function forgetAsset(tx: Tx, id: string): Promise<void> {
  await tx.asset.deleteMany({ where: { id, status: { in: ['deleted', 'rejected'] } } });
}

/** One transaction at a time per user: quotas are counted, and accounts erased, without a race. */
export async function lockUser(tx: Tx, userId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`media:user:${userId}`}, 0))`;
}

function fromRow(row: AssetRow): Asset {
  return {
    ...row,
    purpose: row.purpose as Asset['purpose'],
    status: row.status as Asset['status'],
    rejectReason: row.rejectReason as Asset['rejectReason'],
  };
}
