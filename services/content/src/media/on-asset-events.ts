import type { EventHandler } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import { nobody } from '../learners/erasure-store.ts';
import { lockTimeZones } from '../learners/learners-store.ts';
import { saveLostAsset, saveReadyAsset } from './media-assets-store.ts';

/** References store the file's id, so from now on they show the file. */
export const onAssetReady: EventHandler<'asset.ready', SqlTransaction, Deps> = async (
  { data },
  { tx, deps },
) => {
  const ownerId = await storedOwner(tx, data);
  if (!ownerId) return;
  await saveReadyAsset(tx, { ...data, ownerId });
  showSoon(data.purpose, deps);
};

export const onAssetRejected: EventHandler<'asset.rejected', SqlTransaction, Deps> = async (
  { data },
  { tx, deps },
) => {
  await saveLost(tx, { ...data, status: 'rejected' });
  showSoon(data.purpose, deps);
};

export const onAssetDeleted: EventHandler<'asset.deleted', SqlTransaction, Deps> = async (
  { data },
  { tx, deps },
) => {
  await saveLost(tx, { ...data, status: 'deleted' });
  showSoon(data.purpose, deps);
};

async function saveLost(
  tx: SqlTransaction,
  asset: { assetId: string; ownerId: string; purpose: string; status: 'rejected' | 'deleted' },
): Promise<void> {
  const { assetId, purpose, status } = asset;
  const ownerId = await storedOwner(tx, asset);
  if (ownerId) await saveLostAsset(tx, { assetId, ownerId, purpose, status });
}

/**
 * The owner to store with a file; null if nothing is stored of it. Files of an erased user are reported after the
 * erasure too: those of lessons stay, without a name.
 */
async function storedOwner(
  tx: SqlTransaction,
  { ownerId, purpose }: { ownerId: string; purpose: string },
): Promise<string | null> {
  // Avatars are not part of any course or answer.
  if (purpose === 'avatar') return null;
  if (ownerId === nobody || (await lockTimeZones(tx, [ownerId])).has(ownerId)) return ownerId;
  return purpose === 'recording' ? null : nobody;
}

/**
 * Lets a process that also answers requests show the change at once, in most cases: a read between this and the
 * commit keeps the old state for as long as other processes do, a second at most.
 */
function showSoon(purpose: string, { shared }: Pick<Deps, 'shared'>): void {
  if (purpose === 'lesson_audio' || purpose === 'lesson_image') shared.forget();
}
