import type { CloudEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import { lockUser } from '../erasures/erasure-store.ts';
import { deleteRecording } from './recording-store.ts';

/** Forgets a recording and what was heard in it. Feedback that was given stays. */
export async function onAssetDeleted(event: CloudEvent<'asset.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { assetId, ownerId, purpose } = event.data;
  if (purpose !== 'recording') return;
  await lockUser(tx, ownerId);
  await deleteRecording(tx, assetId);
}
