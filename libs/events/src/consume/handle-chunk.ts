import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lms/runtime';
import type { CloudEvent } from '../contracts/cloud-event.ts';
import type { IncomingMessage, KafkaProducer } from '../kafka/port.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { Consumers } from './define-consumers.ts';
import { causeOf, parkedDelay, type RetryPolicy } from './failures.ts';
import { parkEvent, parkEvents, takeEvents, takeInOrder } from './inbox.ts';
import { runHandlers } from './run-handlers.ts';
import { type Delivery, sortOut } from './sort-out.ts';

/** Dependencies of handling; created once by `createConsumerTask`. */
export interface Handling<Tx extends SqlTransaction, Deps> {
  /** Consumer group: one inbox per group. */
  consumer: string;
  consumers: Consumers<Tx, Deps>;
  deps: Deps;
  runTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** True for transient failures; see `isTransientFailure`. */
  isTransient: (error: unknown) => boolean;
  deadLetters: KafkaProducer;
  policy: RetryPolicy;
  log: Logger;
  metrics: ConsumerMetrics;
}

/** Throws if another process must do the work: the partition was revoked, or this process stops. */
export type StillOurs = () => Promise<void>;

/**
 * Handles neighbouring messages of one or several partitions, in order. Resolves when every message has had its effect,
 * is parked, is in the dead-letter topic, or is not for this consumer. Transient failures are retried
 * without limit; `stillOurs` is called in between.
 */
export async function handleChunk<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  messages: IncomingMessage[],
  stillOurs: StillOurs,
): Promise<void> {
  const deliveries = await waitOut(handling, stillOurs, () => sortOut(handling, messages));
  if (deliveries.length > 0) await handleDeliveries(handling, deliveries, stillOurs);
}

/** Handles all in one transaction; if that fails, in halves, so that one bad event costs few extra transactions. */
async function handleDeliveries<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  deliveries: Delivery[],
  stillOurs: StillOurs,
): Promise<void> {
  try {
    await waitOut(handling, stillOurs, () => handleTogether(handling, deliveries));
  } catch (error) {
    await stillOurs();
    const [first, ...others] = deliveries;
    if (first && others.length === 0) return retryOrPark(handling, first, { error, stillOurs });
    const middle = Math.ceil(deliveries.length / 2);
    await handleDeliveries(handling, deliveries.slice(0, middle), stillOurs);
    await handleDeliveries(handling, deliveries.slice(middle), stillOurs);
  }
}

/** Runs all effects and writes all inbox rows in one transaction; events behind a parked event of their key are parked. */
async function handleTogether<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  deliveries: Delivery[],
): Promise<void> {
  const { consumer, metrics } = handling;
  const end = metrics.handleDuration.startTimer();
  const { handled, taken } = await handling.runTransaction(async (tx) => {
    const events = deliveries.map(({ event, parked }) => ({ id: event.id, key: parked.key }));
    const { fresh, waiting } = await takeInOrder(tx, consumer, events);
    const taken = deliveries.filter(({ event }) => fresh.delete(event.id));
    if (taken.length === 0) return { handled: [], taken: 0 };
    const handled: CloudEvent[] = [];
    const behind: Delivery[] = [];
    for (const delivery of taken) {
      if (waiting.has(delivery.parked.key)) behind.push(delivery);
      else handled.push(delivery.event);
    }
    await parkEvents(
      tx,
      consumer,
      behind.map(({ parked }) => parked),
    );
    await runHandlers(handling, handled, tx);
    return { handled, taken: taken.length };
  });
  end();
  metrics.duplicates.inc(deliveries.length - taken);
  observeHandled(metrics, handled);
}

/** Counts events whose effect is committed. */
export function observeHandled(metrics: ConsumerMetrics, events: CloudEvent[]): void {
  const now = Date.now();
  for (const event of events) {
    metrics.handled.inc({ type: event.type });
    metrics.endToEnd.observe({ type: event.type }, (now - Date.parse(event.time)) / 1000);
  }
}

async function retryOrPark<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  delivery: Delivery,
  { error, stillOurs }: { error: unknown; stillOurs: StillOurs },
): Promise<void> {
  const { policy, consumer, log, metrics } = handling;
  const { id: eventId, type } = delivery.event;
  let failure = error;
  for (const delayMs of policy.inlineDelaysMs) {
    metrics.retries.inc({ type });
    await sleep(delayMs);
    await stillOurs();
    try {
      return await waitOut(handling, stillOurs, () => handleTogether(handling, [delivery]));
    } catch (error) {
      failure = error;
    }
  }
  const attempts = policy.inlineDelaysMs.length + 1;
  const retryInMs = parkedDelay(policy, attempts);
  const park = () =>
    handling.runTransaction(async (tx) => {
      // If the partition moved, another member may have handled the event in the meantime.
      const fresh = await takeEvents(tx, consumer, [eventId]);
      if (fresh.size === 0) return;
      await parkEvent(tx, consumer, delivery.parked, { attempts, retryInMs, error: causeOf(failure) });
    });
  // Parking does not depend on the event, so every failure here is retried.
  await waitOut({ log, isTransient: () => true }, stillOurs, park);
  log.warn(
    { err: failure, eventId, type, attempts, retryInMs },
    'an event failed and is parked with its key',
  );
}

/** Repeats `work` while it fails with transient failures, with waits of up to 2 s. */
async function waitOut<T>(
  { isTransient, log }: { isTransient: (error: unknown) => boolean; log: Logger },
  stillOurs: StillOurs,
  work: () => Promise<T>,
): Promise<T> {
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      log[delayMs < 1_000 ? 'debug' : 'warn'](
        { cause: causeOf(error), delayMs },
        'events are waiting for a dependency that is down',
      );
      await sleep(delayMs);
      await stillOurs();
    }
  }
}
