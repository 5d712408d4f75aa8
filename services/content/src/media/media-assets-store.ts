import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';

export interface ReadyAsset {
  assetId: string;
  ownerId: string;
  purpose: string;
  lessonId: string | null;
  key: string;
  contentType: string;
  sizeBytes: number;
  durationMs: number | null;
}

/** Stores a checked file. A rejected or deleted file remains rejected or deleted. */
export async function saveReadyAsset(tx: Tx, asset: ReadyAsset): Promise<void> {
  // Events may carry more than is kept here.
  const { assetId, ownerId, purpose, lessonId, key, contentType, sizeBytes, durationMs } = asset;
  const facts = { ownerId, purpose, lessonId, key, contentType, durationMs };
  const data = { ...facts, sizeBytes: BigInt(sizeBytes), status: 'ready' };
  const known = await tx.mediaAsset.findUnique({ where: { assetId }, select: { status: true } });
  if (known && known.status !== 'ready') return;
  await tx.mediaAsset.upsert({ where: { assetId }, create: { assetId, ...data }, update: data });
}

/** Records that a file must not be used (any more) and deletes its key. */
export async function saveLostAsset(
  tx: Tx,
  asset: { assetId: string; ownerId: string; purpose: string; status: 'rejected' | 'deleted' },
): Promise<void> {
  const { assetId, ...rest } = asset;
  const data = { ...rest, key: null };
  await tx.mediaAsset.upsert({ where: { assetId }, create: { assetId, ...data }, update: data });
}

export interface KnownAsset {
  assetId: string;
  ownerId: string;
  purpose: string;
  status: string;
  contentType: string | null;
  durationMs: number | null;
}

/** The known files among these; files that are not in the result have not been reported yet. */
export async function findAssets(sql: SqlTransaction, assetIds: string[]): Promise<Map<string, KnownAsset>> {
  const assets = await sql.$queryRawUnsafe<KnownAsset[]>(
    `SELECT asset_id::text AS "assetId", owner_id::text AS "ownerId", purpose, status, content_type AS "contentType",
       duration_ms AS "durationMs"
     FROM media_assets WHERE asset_id = ANY($1::uuid[])`,
    assetIds,
  );
  return new Map(assets.map((asset) => [asset.assetId, asset]));
}
