import { appendEvent } from '@lms/events';
import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../deps.ts';
import type { User } from './user.ts';
import { insertUser } from './user-store.ts';

export type NewAccount = Pick<
  User,
  'email' | 'emailVerifiedAt' | 'passwordHash' | 'displayName' | 'role' | 'locale' | 'timeZone'
>;

/** Inserts an account and publishes `user.registered`; returns its id, or null if the address is taken. */
export async function createAccount(tx: Tx, account: NewAccount): Promise<string | null> {
  const id = uuidv7();
  const createdAt = new Date();
  if (!(await insertUser(tx, { id, ...account, createdAt }))) return null;
  const { role, locale, timeZone } = account;
  await appendEvent(tx, {
    type: 'user.registered',
    data: { userId: id, role, locale, timeZone, registeredAt: createdAt.toISOString() },
  });
  return id;
}
