import type { CloudEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { serviceName, type Tx } from '../deps.ts';
import { eraseNext } from './erase-user.ts';
import { insertErasure, lockUser } from './erasure-store.ts';

/**
 * Erases a user's texts, feedback, transcripts and usage. From here on nothing is stored, graded or shown for the user.
 * Most users' rows are deleted at once, and that is reported in the transaction of the event; a job deletes the rest of
 * the others'.
 */
export async function onUserDeleted(event: CloudEvent<'user.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { userId, erasureId } = event.data;
  await lockUser(tx, userId);
  if (!(await insertErasure(tx, { userId, erasureId, erasedAt: new Date() }))) return;
  if (await eraseNext(tx, { userId, erasureId })) return;
  await enqueueJob(tx, serviceName, {
    name: 'erase_user',
    payload: { userId, erasureId },
    jobKey: `erase:${userId}`,
    maxAttempts: 25,
  });
}
