import type { CloudEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import { lockUser } from '../erasures/erasure-store.ts';
import { deleteRecording } from './recording-store.ts';

/** Deletes a recording's location and its transcript. Existing feedback stays. */
export async function onAssetDeleted(event: CloudEvent<'asset.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { assetId, ownerId, purpose } = event.data;
  if (purpose !== 'recording') return;
  await lockUser(tx, ownerId);
  await deleteRecording(tx, assetId);
}
