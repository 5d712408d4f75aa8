import type { Tx } from '../deps.ts';
import type { Erasure as ErasureRow } from '../generated/prisma/client.ts';
import type { ErasingService, Erasure } from './erasure.ts';

export async function findErasure(tx: Tx, id: string): Promise<Erasure | null> {
  const row = await tx.erasure.findUnique({ where: { id } });
  return row && fromRow(row);
}

/** Reads an erasure and keeps others from changing it until the transaction ends. */
export async function lockErasure(tx: Tx, id: string): Promise<Erasure | null> {
  await tx.$executeRaw`SELECT 1 FROM erasures WHERE id = ${id}::uuid FOR UPDATE`;
  return findErasure(tx, id);
}

export async function insertErasure(
  tx: Tx,
  erasure: Pick<Erasure, 'id' | 'userId' | 'requestedAt'>,
): Promise<void> {
  await tx.erasure.create({ data: erasure });
}

const columnOf = {
  content: 'contentErasedAt',
  media: 'mediaErasedAt',
  ai: 'aiErasedAt',
} as const satisfies Record<ErasingService, string>;

/** Records that a service has finished and, after the last one, that the erasure is complete. */
export async function markErased(
  tx: Tx,
  id: string,
  facts: { service: ErasingService; erasedAt: Date; completedAt: Date | null },
): Promise<void> {
  await tx.erasure.update({
    where: { id },
    data: { [columnOf[facts.service]]: facts.erasedAt, completedAt: facts.completedAt },
  });
}

/** Unfinished erasures that were requested before `before`, oldest first. */
export async function listOverdue(tx: Tx, before: Date, limit: number): Promise<Erasure[]> {
  const rows = await tx.erasure.findMany({
    where: { completedAt: null, requestedAt: { lt: before } },
    orderBy: { requestedAt: 'asc' },
    take: limit,
  });
  return rows.map(fromRow);
}

function fromRow(row: ErasureRow): Erasure {
  const { id, userId, requestedAt, completedAt } = row;
  const erasedAt = { content: row.contentErasedAt, media: row.mediaErasedAt, ai: row.aiErasedAt };
  return { id, userId, requestedAt, completedAt, erasedAt };
}
