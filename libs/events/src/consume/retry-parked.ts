import { setTimeout as sleep } from 'node:timers/promises';
import { parseMessage } from '../contracts/cloud-event.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { inboxRetentionDays } from '../topics.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { causeOf, parkedDelay } from './failures.ts';
import { type Handling, runHandlers } from './handle-chunk.ts';
import {
  cleanInbox,
  countParked,
  type DueEvent,
  forgetEvent,
  lockDueEvent,
  postponeParked,
  removeParked,
} from './inbox.ts';

const idleMs = 500;
const cleanEveryMs = 3_600_000;

/**
 * Works off parked events until `stopping` aborts: the first of each key when it is due, in a transaction
 * with its effect; after the last try it goes to the dead letters and its key moves on. Also cleans the
 * inbox once an hour. Many processes may do this at once.
 */
export async function retryParkedEvents<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  stopping: AbortSignal,
): Promise<void> {
  let cleanAt = Date.now() + Math.random() * cleanEveryMs;
  while (!stopping.aborted) {
    let busy = false;
    try {
      busy = await retryOne(handling);
      if (!busy)
        handling.metrics.parked.set(
          await handling.runTransaction((tx) => countParked(tx, handling.consumer)),
        );
      if (Date.now() > cleanAt) {
        cleanAt = Date.now() + cleanEveryMs;
        await handling.runTransaction((tx) => cleanInbox(tx, inboxRetentionDays));
      }
    } catch (err) {
      if (!handling.isTransient(err)) handling.log.error({ err }, 'working off parked events failed');
      await sleep(1_000, undefined, { signal: stopping }).catch(() => undefined);
    }
    if (!busy) await sleep(idleMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** Tries one due event. Gives false when none is due. */
async function retryOne<Tx extends SqlTransaction, Deps>(handling: Handling<Tx, Deps>): Promise<boolean> {
  const { consumer, log, metrics } = handling;
  let taken: DueEvent | undefined;
  try {
    return await handling.runTransaction(async (tx) => {
      taken = await lockDueEvent(tx, consumer);
      if (!taken) return false;
      const parsed = parseMessage(taken.payload);
      if (parsed.kind !== 'event') throw new Error('a parked event cannot be read by this build');
      if (taken.attempts > 0) metrics.retries.inc({ type: parsed.event.type });
      await runHandlers(handling, [parsed.event], tx);
      await removeParked(tx, taken.seq);
      metrics.handled.inc({ type: parsed.event.type });
      return true;
    });
  } catch (error) {
    if (!taken || handling.isTransient(error)) throw error;
    await recordFailure(handling, taken, error);
    log.warn(
      { err: error, eventId: taken.eventId, attempts: taken.attempts + 1 },
      'a parked event failed again',
    );
    return true;
  }
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
    await handling.runTransaction((tx) =>
      postponeParked(tx, event.seq, { attempts, retryInMs, error: cause }),
    );
    return;
  }
  const { topic, partition, offset } = event;
  // First there, then gone here: dying in between makes a second dead letter, which a replay handles once.
  await sendToDeadLetters(
    handling.deadLetters,
    { key: event.key, value: event.payload },
    { consumer, cause, attempts, topic, partition, offset },
  );
  await handling.runTransaction(async (tx) => {
    await removeParked(tx, event.seq);
    await forgetEvent(tx, consumer, event.eventId);
  });
  handling.metrics.deadLetters.inc({ cause: 'attempts' });
  handling.log.error(
    { eventId: event.eventId, attempts, cause },
    'an event was given up and is in the dead letters',
  );
}
