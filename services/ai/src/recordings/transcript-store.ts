import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Transcription } from '../providers/index.ts';

interface Place {
  assetId: string;
  language: string;
}

/** The transcript; null if no transcription has finished yet. */
export async function findTranscription(tx: Tx, place: Place): Promise<Transcription | null> {
  const row = await tx.transcript.findUnique({ where: { assetId_language: place } });
  return (row?.transcription as Transcription | null | undefined) ?? null;
}

/** Claims the transcription until `claimedUntil`; false if another process has claimed it, or it is done. */
export async function claimTranscript(
  tx: Tx,
  { assetId, language, ownerId, claimedUntil }: Place & { ownerId: string; claimedUntil: Date },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    INSERT INTO transcripts (asset_id, language, owner_id, claimed_until)
    SELECT asset_id, ${language}, owner_id, ${claimedUntil} FROM recordings
    WHERE asset_id = ${assetId}::uuid AND owner_id = ${ownerId}::uuid
    ON CONFLICT (asset_id, language) DO UPDATE SET claimed_until = excluded.claimed_until
    WHERE transcripts.transcription IS NULL AND transcripts.claimed_until < ${new Date()}`;
  return changed === 1;
}

/** Stores the transcript, unless the recording was deleted meanwhile. */
export async function saveTranscription(
  tx: Tx,
  { assetId, language }: Place,
  transcription: Transcription,
): Promise<void> {
  await tx.transcript.updateMany({
    where: { assetId, language },
    data: { transcription: transcription as unknown as Prisma.InputJsonObject },
  });
}

/** Releases the claim after a failed transcription. */
export async function releaseTranscript(tx: Tx, { assetId, language }: Place): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM transcripts
    WHERE asset_id = ${assetId}::uuid AND language = ${language} AND transcription IS NULL`;
}

/** Deletes at most `limit` transcripts made before `before`; returns how many. */
export function deleteOldTranscripts(tx: SqlTransaction, before: Date, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM transcripts WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM transcripts WHERE created_at < $1::timestamptz ORDER BY created_at LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}
