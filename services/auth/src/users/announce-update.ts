import { appendEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import type { User } from './user.ts';

/** Publishes `user.updated` with the data that other services use. Call it last in the transaction. */
export async function announceUpdate(tx: Tx, user: User): Promise<void> {
  const { id: userId, role, locale, timeZone, updatedAt } = user;
  await appendEvent(tx, {
    type: 'user.updated',
    data: { userId, role, locale, timeZone, updatedAt: updatedAt.toISOString() },
  });
}
