import type { CloudEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { lockUser } from '../assets/asset-store.ts';
import { serviceName, type Tx } from '../deps.ts';
import { anonymiseLessonFiles, insertErasure } from './erasure-store.ts';

/** Begins to forget a user: no upload from now on, and a job that removes every file of theirs. */
export async function onUserDeleted(event: CloudEvent<'user.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { userId, erasureId } = event.data;
  await lockUser(tx, userId);
  if (!(await insertErasure(tx, { userId, erasureId }))) return;
  await anonymiseLessonFiles(tx, userId);
  await enqueueJob(tx, serviceName, {
    name: 'erase_user',
    payload: { userId },
    jobKey: `erase:${userId}`,
    maxAttempts: 25,
  });
}
