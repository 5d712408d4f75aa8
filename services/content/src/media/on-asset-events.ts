import type { EventHandler } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { lockTimeZones } from '../learners/learners-store.ts';
import { saveLostAsset, saveReadyAsset } from './media-assets-store.ts';

/** References store the file's id, so from now on they show the file. */
export const onAssetReady: EventHandler<'asset.ready', Tx, Deps> = async ({ data }, { tx }) => {
  const ownerId = await storedOwner(tx, data);
  if (ownerId) await saveReadyAsset(tx, { ...data, ownerId });
};

export const onAssetRejected: EventHandler<'asset.rejected', Tx, Deps> = async ({ data }, { tx }) => {
  const { assetId, purpose } = data;
  const ownerId = await storedOwner(tx, data);
  if (ownerId) await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'rejected' });
};

export const onAssetDeleted: EventHandler<'asset.deleted', Tx, Deps> = async ({ data }, { tx }) => {
  const { assetId, purpose } = data;
  const ownerId = await storedOwner(tx, data);
  if (ownerId) await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'deleted' });
};

const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * The owner to store with a file; null if nothing is stored of it. Files of an erased user are reported after the
 * erasure too: those of lessons stay, without a name.
 */
async function storedOwner(
  tx: Tx,
  { ownerId, purpose }: { ownerId: string; purpose: string },
): Promise<string | null> {
  // Avatars are not part of any course or answer.
  if (purpose === 'avatar') return null;
  if (ownerId === nobody || (await lockTimeZones(tx, [ownerId])).has(ownerId)) return ownerId;
  return purpose === 'recording' ? null : nobody;
}
