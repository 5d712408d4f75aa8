import type { CloudEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { type Deps, serviceName, type Tx } from '../deps.ts';
import { isErased, lockUser } from '../erasures/erasure-store.ts';
import { findLastLanguage } from '../grading/grading-store.ts';
import { insertRecording } from './recording-store.ts';

/**
 * Stores the location of a recording, and has it transcribed ahead of time if its language is known from the learner's
 * last grading. If transcribed in the wrong language, speech with an accent would result in a different text.
 */
export async function onAssetReady(
  event: CloudEvent<'asset.ready'>,
  { tx, deps }: { tx: Tx; deps: Pick<Deps, 'provider'> },
): Promise<void> {
  const { assetId, ownerId, purpose, key, contentType, sizeBytes, durationMs, readyAt } = event.data;
  if (purpose !== 'recording') return;
  await lockUser(tx, ownerId);
  if (await isErased(tx, ownerId)) return;
  await insertRecording(tx, {
    assetId,
    ownerId,
    key,
    contentType,
    sizeBytes,
    durationMs,
    readyAt: new Date(readyAt),
  });
  if (!deps.provider.canTranscribe) return;
  const languageTag = await findLastLanguage(tx, ownerId);
  if (!languageTag) return;
  await enqueueJob(tx, serviceName, {
    name: 'transcribe',
    payload: { assetId, languageTag },
    jobKey: `transcribe:${assetId}`,
    maxAttempts: 2,
  });
}
