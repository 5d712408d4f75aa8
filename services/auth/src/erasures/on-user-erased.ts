import type { EventData } from '@lms/events';
import type { Logger } from '@lms/runtime';
import type { Tx } from '../deps.ts';
import { pendingServices } from './erasure.ts';
import { lockErasure, markErased } from './erasure-store.ts';

type UserErased = EventData<'user.erased.content' | 'user.erased.media' | 'user.erased.ai'>;

/** Records that a service has erased a user's data; the last service completes the erasure. */
export async function onUserErased(
  { data }: { data: UserErased },
  { tx, log }: { tx: Tx; log: Logger },
): Promise<void> {
  const { erasureId, service } = data;
  const erasure = await lockErasure(tx, erasureId);
  if (!erasure || erasure.userId !== data.userId) {
    log.warn({ erasureId, service }, 'a service reported an erasure that does not exist');
    return;
  }
  if (erasure.erasedAt[service]) return;
  const erasedAt = new Date(data.erasedAt);
  const isLast = pendingServices(erasure).every((pending) => pending === service);
  await markErased(tx, erasureId, { service, erasedAt, completedAt: isLast ? new Date() : null });
  if (isLast) log.info({ erasureId }, 'an erasure is complete');
}
