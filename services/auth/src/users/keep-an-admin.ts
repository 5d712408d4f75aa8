import { AppError } from '@lms/errors';
import type { Tx } from '../deps.ts';
import type { User } from './user.ts';
import { countOtherAdmins, lockAdmins } from './user-store.ts';

/**
 * Refuses to take the last admin who can act out of office. Call it before locking users: whoever changes
 * admins waits here for the other.
 */
export async function keepAnAdmin(tx: Tx, leaving: Pick<User, 'id'>): Promise<void> {
  await lockAdmins(tx);
  if ((await countOtherAdmins(tx, leaving.id)) === 0) {
    throw new AppError('conflict', 'This is the last admin. Make somebody else an admin first.');
  }
}
