import type { Tx } from '../deps.ts';
import type { Recording } from '../generated/prisma/client.ts';

export type { Recording };

/** Reads a recording of an owner; null if it does not exist or has another owner. */
export async function findRecording(tx: Tx, assetId: string, ownerId: string): Promise<Recording | null> {
  return tx.recording.findFirst({ where: { assetId, ownerId } });
}

export async function insertRecording(tx: Tx, recording: Recording): Promise<void> {
  await tx.recording.createMany({ data: [recording], skipDuplicates: true });
}

/** Deletes a recording's location and its transcript. */
export async function deleteRecording(tx: Tx, assetId: string): Promise<void> {
  await tx.transcript.deleteMany({ where: { assetId } });
  await tx.recording.deleteMany({ where: { assetId } });
}

/** A recording of any owner; for jobs only, never for requests of a caller. */
export async function findRecordingOfAnybody(tx: Tx, assetId: string): Promise<Recording | null> {
  return tx.recording.findUnique({ where: { assetId } });
}
