import { appendEvent, type EventHandler } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { eraseLearner, saveLearner } from './learners-store.ts';

export const onUserRegistered: EventHandler<'user.registered', Tx, Deps> = async ({ data }, { tx }) => {
  await saveLearner(tx, data);
};

export const onUserUpdated: EventHandler<'user.updated', Tx, Deps> = async ({ data }, { tx }) => {
  await saveLearner(tx, data);
};

/** This service's part of the erasure; files belong to the media service, which consumes the same event. */
export const onUserDeleted: EventHandler<'user.deleted', Tx, Deps> = async ({ data }, { tx }) => {
  await eraseLearner(tx, data.userId);
  await appendEvent(tx, {
    type: 'user.erased.content',
    data: {
      userId: data.userId,
      erasureId: data.erasureId,
      service: 'content',
      erasedAt: new Date().toISOString(),
    },
  });
};
