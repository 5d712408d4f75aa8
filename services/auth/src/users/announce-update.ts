import { appendEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import type { User } from './user.ts';

/** Says with `user.updated` what other services act on. Call it last in the transaction. */
export async function announceUpdate(tx: Tx, user: User): Promise<void> {
  const { id: userId, role, locale, timeZone, updatedAt } = user;
  await appendEvent(tx, {
    type: 'user.updated',
    data: { userId, role, locale, timeZone, updatedAt: updatedAt.toISOString() },
  });
}
