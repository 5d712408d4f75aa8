import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';

/** Adds a personal file to the owner's uploads of today (UTC), and returns the new totals. */
export async function addPersonalUpload(
  tx: Tx,
  upload: { userId: string; now: Date; sizeBytes: number },
): Promise<{ personalFiles: number; personalBytes: number }> {
  const day = new Date(upload.now.toISOString().slice(0, 10));
  const row = await tx.dailyUpload.upsert({
    where: { userId_day: { userId: upload.userId, day } },
    create: { userId: upload.userId, day, personalFiles: 1, personalBytes: upload.sizeBytes },
    update: { personalFiles: { increment: 1 }, personalBytes: { increment: upload.sizeBytes } },
  });
  return { personalFiles: row.personalFiles, personalBytes: Number(row.personalBytes) };
}

/** Deletes at most `limit` sums of days before `before`, which no longer count; returns how many. */
export function deleteDailyUploads(tx: SqlTransaction, before: Date, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM daily_uploads WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM daily_uploads WHERE day < $1::date ORDER BY day LIMIT $2::int FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}
