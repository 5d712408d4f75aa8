import { AppError } from '@lms/errors';
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

export async function deleteIdempotencyKeys(tx: Tx, userId: string): Promise<void> {
  await tx.idempotencyKey.deleteMany({ where: { scope: { startsWith: `${userId} ` } } });
}
