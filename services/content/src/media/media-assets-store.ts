import type { SqlTransaction } from '@lms/postgres';

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
export async function saveReadyAsset(sql: SqlTransaction, asset: ReadyAsset): Promise<void> {
  await sql.$executeRawUnsafe(
    `INSERT INTO media_assets AS a
       (asset_id, owner_id, purpose, status, lesson_id, key, content_type, size_bytes, duration_ms, updated_at)
     VALUES ($1::uuid, $2::uuid, $3, 'ready', $4::uuid, $5, $6, $7::bigint, $8::int, now())
     ON CONFLICT (asset_id) DO UPDATE SET owner_id = EXCLUDED.owner_id, purpose = EXCLUDED.purpose,
       lesson_id = EXCLUDED.lesson_id, key = EXCLUDED.key, content_type = EXCLUDED.content_type,
       size_bytes = EXCLUDED.size_bytes, duration_ms = EXCLUDED.duration_ms, updated_at = now()
     WHERE a.status = 'ready'`,
    asset.assetId,
    asset.ownerId,
    asset.purpose,
    asset.lessonId,
    asset.key,
    asset.contentType,
    asset.sizeBytes,
    asset.durationMs,
  );
}

/** Records that a file must not be used (any more) and deletes its key. */
export async function saveLostAsset(
  sql: SqlTransaction,
  asset: { assetId: string; ownerId: string; purpose: string; status: 'rejected' | 'deleted' },
): Promise<void> {
  await sql.$executeRawUnsafe(
    `INSERT INTO media_assets (asset_id, owner_id, purpose, status, updated_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, now())
     ON CONFLICT (asset_id) DO UPDATE SET owner_id = EXCLUDED.owner_id, purpose = EXCLUDED.purpose,
       status = EXCLUDED.status, key = NULL, updated_at = now()`,
    asset.assetId,
    asset.ownerId,
    asset.purpose,
    asset.status,
  );
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
