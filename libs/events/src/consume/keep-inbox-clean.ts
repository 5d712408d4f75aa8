import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { inboxRetentionDays } from '../topics.ts';
import { causeOf } from './failures.ts';
import type { Handling } from './handle-chunk.ts';
import { cleanInbox } from './inbox.ts';

const everyMs = 3_600_000;
/** A batch that takes longer is made smaller the next time, so that others wait little for its locks and its disk. */
const longBatchMs = 200;
const [smallest, largest] = [50, 5_000];
/** Consecutive failures after which the rest is left to the next hour. */
const maxFailures = 8;

/**
 * Deletes old inbox rows once an hour until `stopping` aborts, in small transactions. After a failure it goes on with
 * smaller ones.
 */
export async function keepInboxClean<Tx extends SqlTransaction, Deps>(
  handling: Pick<Handling<Tx, Deps>, 'runTransaction' | 'log'>,
  stopping: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  // Spread out, so that the processes of a deployment do not all clean at once.
  await pause(Math.random() * everyMs);
  while (!stopping.aborted) {
    await forgetOldEvents(handling, stopping);
    await pause(everyMs);
  }
}

/** Deletes all old rows, in batches. Returns how many. */
export async function forgetOldEvents<Tx extends SqlTransaction, Deps>(
  { runTransaction, log }: Pick<Handling<Tx, Deps>, 'runTransaction' | 'log'>,
  stopping: AbortSignal,
): Promise<number> {
  let limit = 1_000;
  let failures = 0;
  let from: string | null = '-infinity';
  let total = 0;
  while (from !== null && !stopping.aborted) {
    const startedAt = performance.now();
    const batch: { olderThanDays: number; from: string; limit: number } = {
      olderThanDays: inboxRetentionDays,
      from,
      limit,
    };
    try {
      const done = await runTransaction((tx) => cleanInbox(tx, batch));
      total += done.deleted;
      from = done.from;
      failures = 0;
      const tookMs = performance.now() - startedAt;
      if (tookMs > longBatchMs) limit = Math.max(smallest, Math.floor(limit / 2));
      else if (tookMs < longBatchMs / 4) limit = Math.min(largest, limit * 2);
    } catch (error) {
      failures += 1;
      limit = Math.max(smallest, Math.floor(limit / 4));
      const facts = { cause: causeOf(error), failures, total };
      log[failures < maxFailures ? 'debug' : 'warn'](facts, 'old inbox rows could not be deleted');
      if (failures >= maxFailures) break;
      await sleep(100 * 2 ** failures, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return total;
}
