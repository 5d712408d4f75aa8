import { appendEvent, type CloudEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import { deleteGradingsOf } from '../grading/grading-store.ts';
import { deleteRecordingsOf } from '../recordings/recording-store.ts';
import { deleteUsage } from '../usage/usage-store.ts';
import { deleteIdempotencyKeys, insertErasure, lockUser } from './erasure-store.ts';

/**
 * Deletes a user's texts, feedback, transcripts and usage. All of these are rows, so they are deleted, and the
 * erasure is reported, in the transaction of the event. A run in progress finds its grading deleted and stores nothing.
 */
export async function onUserDeleted(event: CloudEvent<'user.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { userId, erasureId } = event.data;
  const erasedAt = new Date();
  await lockUser(tx, userId);
  if (!(await insertErasure(tx, { userId, erasureId, erasedAt }))) return;
  await deleteGradingsOf(tx, userId);
  await deleteRecordingsOf(tx, userId);
  await deleteUsage(tx, userId);
  await deleteIdempotencyKeys(tx, userId);
  await appendEvent(tx, {
    type: 'user.erased.ai',
    data: { userId, erasureId, service: 'ai', erasedAt: erasedAt.toISOString() },
  });
}
