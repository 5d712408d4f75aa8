import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import { deleteExpiredMailTokens } from '../emails/mail-token-store.ts';
import { deleteExpiredSessions } from './session-store.ts';

const batch = 5_000;
/** Sessions are kept for a while after their end, so that a device can be told why it was signed out. */
const rememberMs = 7 * 86_400_000;

/** Scheduled job: deletes sessions, mailed links and idempotency keys that are no longer needed. */
export async function cleanUpSessions({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const before = new Date(Date.now() - rememberMs);
  let sessions = 0;
  for (;;) {
    const deleted = await deleteExpiredSessions(prisma, before, batch);
    sessions += deleted;
    if (deleted < batch) break;
  }
  const mailTokens = await deleteExpiredMailTokens(prisma, new Date());
  await deleteExpiredIdempotencyKeys(prisma);
  log.info({ sessions, mailTokens }, 'sessions cleaned up');
}
