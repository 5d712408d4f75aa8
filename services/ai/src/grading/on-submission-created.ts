import type { CloudEvent } from '@lms/events';
import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../deps.ts';
import { isErased, lockUser } from '../erasures/erasure-store.ts';
import { storable } from '../text/storable.ts';
import { addGrading } from './enqueue-grading.ts';

/** Enqueues the grading of a submission once, however often its event is delivered. */
export async function onSubmissionCreated(
  event: CloudEvent<'submission.created'>,
  { tx }: { tx: Tx },
): Promise<void> {
  const { submissionId, userId, kind, languageTag, level, prompt, expectedText, text, assetId } = storable(
    event.data,
  );
  await lockUser(tx, userId);
  if (await isErased(tx, userId)) return;
  const work = { submissionId, userId, kind, languageTag, level, prompt, expectedText, text, assetId };
  await addGrading(tx, { id: uuidv7(), ...work });
}
