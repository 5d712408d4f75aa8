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

/** Deletes the sums of days that no longer count. */
export async function deleteDailyUploads(tx: Tx, before: Date): Promise<void> {
  await tx.dailyUpload.deleteMany({ where: { day: { lt: before } } });
}
