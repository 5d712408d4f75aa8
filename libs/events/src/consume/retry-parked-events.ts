import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, parseMessage } from '../contracts/cloud-event.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { inboxRetentionDays } from '../topics.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { causeOf, parkedDelay } from './failures.ts';
import { type Handling, observeHandled } from './handle-chunk.ts';
import {
  cleanInbox,
  countParked,
  type DueEvent,
  forgetEvent,
  lockDueEvent,
  postponeParked,
  removeParked,
} from './inbox.ts';
import { runHandlers } from './run-handlers.ts';

/** How often a process looks for due parked events. */
const idleMs = 500;
const countEveryMs = 5_000;
const cleanEveryMs = 3_600_000;

/**
 * Retries parked events until `stopping` aborts: the first of each key when it is due, in a transaction
 * with its effect; after the last attempt it goes to the dead letters, and its key continues. It also cleans the
 * inbox once an hour. Several processes may do this at once.
 */
export async function retryParkedEvents<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  stopping: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  let countAt = 0;
  // Spread out, so that the processes of a deployment do not all clean at once.
  let cleanAt = Date.now() + Math.random() * cleanEveryMs;
  while (!stopping.aborted) {
    try {
      if (Date.now() > countAt) {
        countAt = Date.now() + countEveryMs;
        const count = await handling.runTransaction((tx) => countParked(tx, handling.consumer));
        handling.metrics.parked.set(count);
      }
      if (Date.now() > cleanAt) {
        cleanAt = Date.now() + cleanEveryMs;
        await forgetOldEvents(handling, stopping);
      }
      if (!(await retryOne(handling))) await pause(idleMs);
    } catch (err) {
      if (!handling.isTransient(err)) handling.log.error({ err }, 'retrying parked events failed');
      await pause(1_000);
    }
  }
}

/** Retries one due event. Returns false if none is due. */
async function retryOne<Tx extends SqlTransaction, Deps>(handling: Handling<Tx, Deps>): Promise<boolean> {
  const { consumer, log, metrics } = handling;
  let taken: DueEvent | undefined;
  let handled: CloudEvent | undefined;
  try {
    await handling.runTransaction(async (tx) => {
      taken = await lockDueEvent(tx, consumer);
      if (!taken) return;
      const parsed = parseMessage(taken.payload, (type) => handling.consumers.find(type) !== undefined);
      if (parsed.kind !== 'event') throw new Error('a parked event cannot be read by this build');
      if (taken.attempts > 0) metrics.retries.inc({ type: parsed.event.type });
      await runHandlers(handling, [parsed.event], tx);
      await removeParked(tx, taken.seq);
      handled = parsed.event;
    });
  } catch (error) {
    if (!taken || handling.isTransient(error)) throw error;
    const { eventId, attempts } = taken;
    log.warn({ err: error, eventId, attempts: attempts + 1 }, 'a parked event failed again');
    await recordFailure(handling, taken, error);
    return true;
  }
  if (handled) observeHandled(metrics, [handled]);
  return handled !== undefined;
}

async function recordFailure<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  event: DueEvent,
  error: unknown,
): Promise<void> {
  const { policy, consumer } = handling;
  const attempts = event.attempts + 1;
  const cause = causeOf(error);
  if (attempts < policy.maxAttempts) {
    const retryInMs = parkedDelay(policy, attempts);
    await handling.runTransaction((tx) => postponeParked(tx, event, { retryInMs, error: cause }));
    return;
  }
  const { topic, partition, offset, eventId } = event;
  // Publishes before deleting: dying in between causes a second dead letter, but a replay handles the event once.
  await sendToDeadLetters(
    handling.deadLetters,
    { key: event.key, value: event.payload },
    { consumer, cause, attempts, topic, partition, offset },
  );
  await handling.runTransaction(async (tx) => {
    // Only the process that removes the row deletes the record: another process may have handled the event.
    if (await removeParked(tx, event.seq)) await forgetEvent(tx, consumer, eventId);
  });
  handling.metrics.deadLetters.inc({ cause: 'attempts' });
  handling.log.error({ eventId, attempts, cause }, 'an event was given up on and sent to the dead letters');
}

/** Deletes in small transactions, so that handling is not blocked. */
async function forgetOldEvents<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  stopping: AbortSignal,
): Promise<void> {
  let deleted = 1;
  while (deleted > 0 && !stopping.aborted)
    deleted = await handling.runTransaction((tx) => cleanInbox(tx, inboxRetentionDays));
}
