import { appendEvent } from '@lms/events';
import { createEraser } from '@lms/service';
import { eraseBatch } from './erasure-store.ts';

/** Publishes `user.erased.content` when nothing is left. */
export const { eraseNext, eraseRest: eraseLearner } = createEraser({
  eraseBatch,
  report: (tx, erased) =>
    appendEvent(tx, { type: 'user.erased.content', data: { ...erased, service: 'content' } }),
});
