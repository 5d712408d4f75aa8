import { AppError } from '@lms/errors';
import type { Tx } from '../deps.ts';
import type { User } from './user.ts';
import { countOtherAdmins, lockAdmins } from './user-store.ts';

/**
 * Refuses to remove the last active admin. Call it before locking users: concurrent changes of admins are serialised
 * here.
 */
export async function keepAnAdmin(tx: Tx, leaving: Pick<User, 'id'>): Promise<void> {
  await lockAdmins(tx);
  if ((await countOtherAdmins(tx, leaving.id)) === 0) {
    throw new AppError('conflict', 'This user is the last admin. Make another user an admin first.');
  }
}
