import type { EventHandler } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { saveLostAsset, saveReadyAsset } from './media-assets-store.ts';

/** References store the file's id, so from now on they show the file. */
export const onAssetReady: EventHandler<'asset.ready', Tx, Deps> = async ({ data }, { tx, deps }) => {
  // Avatars are not part of any course or answer.
  if (data.purpose === 'avatar') return;
  await saveReadyAsset(tx, data);
  showSoon(data.purpose, deps);
};

export const onAssetRejected: EventHandler<'asset.rejected', Tx, Deps> = async ({ data }, { tx, deps }) => {
  const { assetId, ownerId, purpose } = data;
  if (purpose === 'avatar') return;
  await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'rejected' });
  showSoon(purpose, deps);
};

export const onAssetDeleted: EventHandler<'asset.deleted', Tx, Deps> = async ({ data }, { tx, deps }) => {
  const { assetId, ownerId, purpose } = data;
  if (purpose === 'avatar') return;
  await saveLostAsset(tx, { assetId, ownerId, purpose, status: 'deleted' });
  showSoon(purpose, deps);
};

/**
 * Lets a process that also answers requests show the change at once, in most cases: a read between this and the
 * commit keeps the old state for as long as other processes do, a second at most.
 */
function showSoon(purpose: string, { shared }: Pick<Deps, 'shared'>): void {
  if (purpose !== 'recording') shared.forget();
}
