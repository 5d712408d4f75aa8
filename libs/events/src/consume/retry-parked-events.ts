import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, parseMessage } from '../contracts/cloud-event.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { causeOf, parkedDelay } from './failures.ts';
import { type Handling, observeHandled } from './handle-chunk.ts';
import { forgetEvent } from './inbox.ts';
import {
  countParked,
  type DueEvent,
  listBehind,
  listHeads,
  lockDue,
  postponeParked,
  removeParked,
} from './parked-events.ts';
import { runHandlers } from './run-handlers.ts';

/** How often a process looks for due parked events. */
const idleMs = 500;
/** Share of the time that looking may take, for many keys whose turn has not come. */
const lookingShare = 0.1;
const countEveryMs = 5_000;
/** Keys that one statement looks at. */
const keysPerLook = 500;
/** Maximum number of events in one transaction. */
const batchSize = 200;

/**
 * Retries parked events until `stopping` aborts: the first of each key when it is due, and those behind it, in a
 * transaction with their effects. An event that fails is found by halving; after its last attempt it goes to the dead
 * letters, and its key continues. Several processes may do this at once.
 */
export async function retryParkedEvents<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  stopping: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  let countAt = 0;
  while (!stopping.aborted) {
    try {
      if (Date.now() > countAt) {
        countAt = Date.now() + countEveryMs;
        const count = await handling.runTransaction((tx) => countParked(tx, handling.consumer));
        handling.metrics.parked.set(count);
      }
      const startedAt = Date.now();
      const retried = await retryEveryKey(handling, stopping);
      if (!retried) await pause(Math.max(idleMs, (Date.now() - startedAt) / lookingShare));
    } catch (err) {
      if (!handling.isTransient(err)) handling.log.error({ err }, 'retrying parked events failed');
      await pause(1_000);
    }
  }
}

/** Goes through all keys once, and retries those that are due. Returns false if none was. */
async function retryEveryKey<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  stopping: AbortSignal,
): Promise<boolean> {
  let retried = false;
  let afterKey = '';
  while (!stopping.aborted) {
    const heads = await handling.runTransaction((tx) =>
      listHeads(tx, handling.consumer, { afterKey, limit: keysPerLook }),
    );
    const due = heads.filter(({ isDue }) => isDue).map(({ seq }) => seq);
    for (let from = 0; from < due.length && !stopping.aborted; from += batchSize) {
      const seqs = due.slice(from, from + batchSize);
      const perKey = Math.ceil(batchSize / seqs.length);
      if (await retryTogether(handling, { seqs, perKey }, stopping)) retried = true;
    }
    afterKey = heads.at(-1)?.key ?? '';
    if (heads.length < keysPerLook) break;
  }
  return retried;
}

/** The first events of some keys, and how many events of each key to handle at most. */
interface Turn {
  seqs: string[];
  perKey: number;
}

/**
 * Handles events of several keys in one transaction; if that fails, of half of the keys at a time, then half of the
 * events of one key, down to the first event of one key, whose failure counts. Returns false if none was due any more.
 */
async function retryTogether<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  turn: Turn,
  stopping: AbortSignal,
): Promise<boolean> {
  let taken: DueEvent[] = [];
  try {
    const handled = await handling.runTransaction(async (tx) => {
      taken = await takeTurn(tx, handling.consumer, turn);
      const events = taken.map((event) => read(handling, event));
      await runHandlers(handling, events, tx);
      await removeParked(
        tx,
        taken.map(({ seq }) => seq),
      );
      return events;
    });
    countRetries(handling, taken, handled);
    observeHandled(handling.metrics, handled);
    return handled.length > 0;
  } catch (error) {
    if (taken.length === 0 || handling.isTransient(error)) throw error;
    const [first, ...others] = taken as [DueEvent];
    if (others.length === 0) {
      await recordFailure(handling, first, error);
      return true;
    }
    for (const part of halvesOf(turn, taken)) {
      if (stopping.aborted) break;
      await retryTogether(handling, part, stopping);
    }
    return true;
  }
}

/** An event that has failed is tried alone: those behind it follow at the next turn, if it succeeds. */
async function takeTurn(tx: SqlTransaction, consumer: string, turn: Turn): Promise<DueEvent[]> {
  const first = await lockDue(tx, turn.seqs);
  const heads = first.filter(({ attempts }) => attempts === 0);
  if (turn.perKey === 1 || heads.length === 0) return first;
  const behind = await listBehind(tx, consumer, { heads, perKey: turn.perKey - 1 });
  return [...first, ...behind].sort((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? -1 : 1));
}

function halvesOf({ seqs, perKey }: Turn, taken: DueEvent[]): Turn[] {
  const keys = seqs.filter((seq) => taken.some((event) => event.seq === seq));
  // Only the first half of one key: what follows it must wait for its outcome.
  if (keys.length === 1) return [{ seqs: keys, perKey: Math.ceil(Math.min(perKey, taken.length) / 2) }];
  const middle = Math.ceil(keys.length / 2);
  return [
    { seqs: keys.slice(0, middle), perKey },
    { seqs: keys.slice(middle), perKey },
  ];
}

function read<Tx extends SqlTransaction, Deps>(
  { consumers }: Handling<Tx, Deps>,
  { payload }: DueEvent,
): CloudEvent {
  const parsed = parseMessage(payload, (type) => consumers.find(type) !== undefined);
  if (parsed.kind !== 'event') throw new Error('a parked event cannot be read by this build');
  return parsed.event;
}

function countRetries<Tx extends SqlTransaction, Deps>(
  { metrics }: Handling<Tx, Deps>,
  taken: DueEvent[],
  events: CloudEvent[],
): void {
  for (const [index, { type }] of events.entries())
    if ((taken[index]?.attempts ?? 0) > 0) metrics.retries.inc({ type });
}

async function recordFailure<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  event: DueEvent,
  error: unknown,
): Promise<void> {
  const { policy, consumer, log, metrics } = handling;
  const { topic, partition, offset, eventId } = event;
  const attempts = event.attempts + 1;
  const cause = causeOf(error);
  log.warn({ err: error, eventId, attempts }, 'a parked event failed again');
  const parsed = parseMessage(event.payload);
  if (event.attempts > 0 && parsed.kind === 'event') metrics.retries.inc({ type: parsed.event.type });
  if (attempts < policy.maxAttempts) {
    const retryInMs = parkedDelay(policy, attempts);
    await handling.runTransaction((tx) => postponeParked(tx, event, { retryInMs, error: cause }));
    return;
  }
  // Publishes before deleting: dying in between causes a second dead letter, but a replay handles the event once.
  await sendToDeadLetters(
    handling.deadLetters,
    { key: event.key, value: event.payload },
    { consumer, cause, attempts, topic, partition, offset },
  );
  await handling.runTransaction(async (tx) => {
    // Only the process that removes the row deletes the record: another process may have handled the event.
    if ((await removeParked(tx, [event.seq])) > 0) await forgetEvent(tx, consumer, eventId);
  });
  metrics.deadLetters.inc({ cause: 'attempts' });
  log.error({ eventId, attempts, cause }, 'an event was given up on and sent to the dead letters');
}
