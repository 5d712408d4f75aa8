import type { EventHandler } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import type { SqlTransaction } from '@lms/postgres';
import { type Deps, serviceName } from '../deps.ts';
import { eraseNext } from './erase-learner.ts';
import { markErased, saveLearner } from './learners-store.ts';

export const onUserRegistered: EventHandler<'user.registered', SqlTransaction, Deps> = async (
  { data },
  { tx },
) => {
  await saveLearner(tx, data);
};

export const onUserUpdated: EventHandler<'user.updated', SqlTransaction, Deps> = async ({ data }, { tx }) => {
  await saveLearner(tx, data);
};

/**
 * This service's part of the erasure; files belong to the media service, which consumes the same event. From here on
 * nothing is written or read for the user. Most users' data is deleted at once; a job deletes the rest of the others'.
 */
export const onUserDeleted: EventHandler<'user.deleted', SqlTransaction, Deps> = async ({ data }, { tx }) => {
  const { userId, erasureId } = data;
  await markErased(tx, userId);
  if (await eraseNext(tx, { userId, erasureId })) return;
  await enqueueJob(tx, serviceName, {
    name: 'erase_learner',
    payload: { userId, erasureId },
    jobKey: `erase:${userId}`,
    maxAttempts: 25,
  });
};
