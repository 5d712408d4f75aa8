import type { EventHandler } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { saveLostAsset, saveReadyAsset } from './media-assets-store.ts';

/** References store the file's id, so from now on they show the file. */
export const onAssetReady: EventHandler<'asset.ready', Tx, Deps> = async ({ data }, { tx }) => {
  // Avatars are not part of any course or answer.
  if (data.purpose !== 'avatar') await saveReadyAsset(tx, data);
};

export const onAssetRejected: EventHandler<'asset.rejected', Tx, Deps> = async ({ data }, { tx }) => {
  const { assetId, ownerId, purpose } = data;
  if (purpose === 'avatar') return;
  await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'rejected' });
};

export const onAssetDeleted: EventHandler<'asset.deleted', Tx, Deps> = async ({ data }, { tx }) => {
  const { assetId, ownerId, purpose } = data;
  if (purpose === 'avatar') return;
  await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'deleted' });
};
