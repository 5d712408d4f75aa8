import type { Tx } from '../deps.ts';
import type { Session as SessionRow } from '../generated/prisma/client.ts';
import type { RevokeReason, Session } from './session.ts';

export async function findSession(tx: Tx, id: string): Promise<Session | null> {
  const row = await tx.session.findUnique({ where: { id } });
  return row && fromRow(row);
}

/** Reads a session and keeps others from changing it until the transaction ends. */
export async function lockSession(tx: Tx, id: string): Promise<Session | null> {
  await tx.$executeRaw`SELECT 1 FROM sessions WHERE id = ${id}::uuid FOR UPDATE`;
  return findSession(tx, id);
}

export async function insertSession(
  tx: Tx,
  session: Omit<Session, 'revokedAt' | 'revokeReason'>,
): Promise<void> {
  await tx.session.create({ data: session });
}

export async function updateSession(
  tx: Tx,
  id: string,
  changes: Partial<Pick<Session, 'tokenHash' | 'generation' | 'rotatedAt' | 'lastUsedAt' | 'expiresAt'>>,
): Promise<void> {
  await tx.session.update({ where: { id }, data: changes });
}

/** Sessions of a user that have not ended, newest first, after `beforeId`. */
export async function listLiveSessions(
  tx: Tx,
  query: { userId: string; now: Date; limit: number; beforeId?: string | undefined },
): Promise<Session[]> {
  const rows = await tx.session.findMany({
    where: {
      userId: query.userId,
      revokedAt: null,
      expiresAt: { gt: query.now },
      ...(query.beforeId ? { id: { lt: query.beforeId } } : {}),
    },
    orderBy: { id: 'desc' },
    take: query.limit,
  });
  return rows.map(fromRow);
}

/** Ids of live sessions beyond the `keep` that were used last. */
export async function listLeastUsed(
  tx: Tx,
  query: { userId: string; now: Date; keep: number },
): Promise<string[]> {
  const rows = await tx.session.findMany({
    where: { userId: query.userId, revokedAt: null, expiresAt: { gt: query.now } },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }],
    skip: query.keep,
    take: 100,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Ends active sessions of a user: those in `ids`, or all except `except`. Returns their ids. */
export async function markRevoked(
  tx: Tx,
  end: { userId: string; ids?: string[]; except?: string | undefined; reason: RevokeReason; now: Date },
): Promise<string[]> {
  const rows = await tx.session.updateManyAndReturn({
    where: {
      userId: end.userId,
      revokedAt: null,
      ...(end.ids ? { id: { in: end.ids } } : {}),
      ...(end.except ? { id: { not: end.except } } : {}),
    },
    data: { revokedAt: end.now, revokeReason: end.reason },
    select: { id: true },
  });
  return rows.map(({ id }) => id).sort();
}

/** Deletes sessions that expired before `before`, at most `limit`; returns their number. */
export async function deleteExpiredSessions(tx: Tx, before: Date, limit: number): Promise<number> {
  return tx.$executeRaw`DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
}

function fromRow(row: SessionRow): Session {
  return { ...row, revokeReason: row.revokeReason as RevokeReason | null };
}
