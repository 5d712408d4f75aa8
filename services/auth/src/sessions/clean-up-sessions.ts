import { cleanUp } from '@lms/jobs';
import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import { deleteExpiredMailTokens } from '../emails/mail-token-store.ts';
import { deleteExpiredSessions } from './session-store.ts';

/** Sessions are kept for a while after their end, so that a device can be told why it was signed out. */
const rememberMs = 7 * 86_400_000;

/** Scheduled job: deletes sessions, mailed links and idempotency keys that are no longer needed. */
export async function cleanUpSessions(
  { sql, log }: Pick<Deps, 'sql' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const now = Date.now();
  await cleanUp(
    {
      sessions: (limit) => deleteExpiredSessions(sql, new Date(now - rememberMs), limit),
      mailTokens: (limit) => deleteExpiredMailTokens(sql, new Date(now), limit),
      idempotencyKeys: () => deleteExpiredIdempotencyKeys(sql),
    },
    { log, signal },
  );
}
