import { appendEvent } from '@lms/events';
import { createEraser } from '@lms/service';
import { eraseBatch } from './erasure-store.ts';

/** Publishes `user.erased.ai` when nothing is left. */
export const { eraseNext, eraseRest: eraseUser } = createEraser({
  eraseBatch,
  report: (tx, erased) => appendEvent(tx, { type: 'user.erased.ai', data: { ...erased, service: 'ai' } }),
});
