import type { CloudEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { lockUser } from '../assets/asset-store.ts';
import { serviceName, type Tx } from '../deps.ts';
import { insertErasure } from './erasure-store.ts';

/** Starts the erasure of a user: refuses further uploads, and enqueues a job that removes their files. */
export async function onUserDeleted(event: CloudEvent<'user.deleted'>, { tx }: { tx: Tx }): Promise<void> {
  const { userId, erasureId } = event.data;
  await lockUser(tx, userId);
  if (!(await insertErasure(tx, { userId, erasureId }))) return;
  await enqueueJob(tx, serviceName, {
    name: 'erase_user',
    payload: { userId },
    jobKey: `erase:${userId}`,
    maxAttempts: 25,
  });
}
