import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lms/runtime';
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type CloudEvent, parseMessage } from '../contracts/cloud-event.ts';
import type { IncomingMessage, KafkaProducer } from '../kafka/port.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { replayForHeader, sendToDeadLetters } from './dead-letters.ts';
import { causeOf, parkedDelay, type RetryPolicy } from './failures.ts';
import type { Consumers, HandlerContext } from './handlers.ts';
import { findParkedKeys, type ParkedEvent, parkEvent, takeEvents } from './inbox.ts';
import type { ConsumerMetrics } from './metrics.ts';

const tracer = trace.getTracer('@lms/events');

/** What handling needs; made once by `startConsumers`. */
export interface Handling<Tx extends SqlTransaction, Deps> {
  /** Consumer group: one inbox per group. */
  consumer: string;
  consumers: Consumers<Tx, Deps>;
  deps: Deps;
  runTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** True for failures that are nobody's fault: the database away, a deadlock. They are waited out. */
  isTransient: (error: unknown) => boolean;
  deadLetters: KafkaProducer;
  policy: RetryPolicy;
  log: Logger;
  metrics: ConsumerMetrics;
}

interface Delivery {
  event: CloudEvent;
  parked: ParkedEvent;
}

/**
 * Handles neighbouring messages of one partition: all effects and inbox rows in one transaction when all
 * goes well, one transaction per event when something does not. Resolves when every message has had its
 * effect, is parked, or is in the dead-letter topic. Transient failures are waited out, for ever, with
 * `alive()` called meanwhile; it throws when the partition was taken away.
 */
export async function handleChunk<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  messages: IncomingMessage[],
  alive: () => Promise<void>,
): Promise<void> {
  const deliveries = await waitOutTransient(handling, alive, () => sortOut(handling, messages));
  if (deliveries.length === 0) return;
  try {
    await waitOutTransient(handling, alive, () => handleTogether(handling, deliveries));
  } catch (error) {
    if (deliveries.length > 1) {
      handling.log.debug(
        { cause: causeOf(error), events: deliveries.length },
        'a batch failed; one by one now',
      );
    }
    for (const delivery of deliveries) {
      await handleAlone(handling, delivery, alive);
      await alive();
    }
  }
}

/** Parses; sends poison to the dead letters; leaves out what this consumer does not handle. */
async function sortOut<Tx extends SqlTransaction, Deps>(
  { consumer, consumers, deadLetters, log, metrics }: Handling<Tx, Deps>,
  messages: IncomingMessage[],
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    const replayFor = message.headers[replayForHeader];
    if (replayFor !== undefined && replayFor !== consumer) continue;
    const parsed = parseMessage(message.value);
    if (parsed.kind === 'unknown_type') continue;
    if (parsed.kind === 'poison') {
      if (parsed.type !== undefined && !consumers.find(parsed.type)) continue;
      const { topic, partition, offset } = message;
      await sendToDeadLetters(deadLetters, message, {
        consumer,
        cause: `poison: ${parsed.cause}`,
        attempts: 0,
        topic,
        partition,
        offset,
      });
      metrics.deadLetters.inc({ cause: 'poison' });
      log.error({ topic, partition, offset, cause: parsed.cause }, 'poison message sent to the dead letters');
      continue;
    }
    const { event } = parsed;
    if (!consumers.find(event.type)) continue;
    const { topic, partition, offset, value } = message;
    const key = message.key ?? event.subject;
    deliveries.push({
      event,
      parked: { eventId: event.id, topic, partition, offset, key, payload: value ?? '' },
    });
  }
  return deliveries;
}

async function handleTogether<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  deliveries: Delivery[],
): Promise<void> {
  const { consumer, metrics } = handling;
  const end = metrics.handleDuration.startTimer();
  const handled = await handling.runTransaction(async (tx) => {
    const ids = [...new Set(deliveries.map(({ event }) => event.id))];
    const fresh = await takeEvents(tx, consumer, ids);
    const taken = deliveries.filter(({ event }) => fresh.delete(event.id));
    if (taken.length === 0) return [];
    const waiting = await findParkedKeys(tx, consumer, [...new Set(taken.map(({ parked }) => parked.key))]);
    const ready: CloudEvent[] = [];
    for (const { event, parked } of taken) {
      if (waiting.has(parked.key)) {
        await parkEvent(tx, consumer, parked, { attempts: 0, retryInMs: 0, error: null });
      } else ready.push(event);
    }
    await runHandlers(handling, ready, tx);
    return ready;
  });
  end();
  const now = Date.now();
  for (const event of handled) {
    metrics.handled.inc({ type: event.type });
    metrics.endToEnd.observe({ type: event.type }, (now - Date.parse(event.time)) / 1000);
  }
  if (handled.length < deliveries.length) metrics.duplicates.inc(deliveries.length - handled.length);
}

/** Runs handlers over events in their order; neighbours with one batch handler go together. */
export async function runHandlers<Tx extends SqlTransaction, Deps>(
  { consumers, deps, log }: Pick<Handling<Tx, Deps>, 'consumers' | 'deps' | 'log'>,
  events: CloudEvent[],
  tx: Tx,
): Promise<void> {
  let index = 0;
  while (index < events.length) {
    const first = events[index] as CloudEvent;
    const unit = consumers.find(first.type);
    if (!unit) throw new Error(`no handler for ${first.type}`);
    let end = index + 1;
    while (unit.batch && end < events.length && consumers.find((events[end] as CloudEvent).type) === unit)
      end += 1;
    const group = events.slice(index, end);
    await traced(first, () => unit.handle(group, { tx, deps, log } satisfies HandlerContext<Tx, Deps>));
    index = end;
  }
}

/** A consumer span that continues the trace of the change that caused the event. */
async function traced(event: CloudEvent, run: () => Promise<void>): Promise<void> {
  const parent = event.traceparent
    ? propagation.extract(ROOT_CONTEXT, { traceparent: event.traceparent })
    : ROOT_CONTEXT;
  const attributes = {
    'messaging.system': 'kafka',
    'cloudevents.event_type': event.type,
    'cloudevents.event_id': event.id,
  };
  const span = tracer.startSpan(`process ${event.type}`, { kind: SpanKind.CONSUMER, attributes }, parent);
  try {
    await context.with(trace.setSpan(parent, span), run);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: causeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}

async function handleAlone<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  delivery: Delivery,
  alive: () => Promise<void>,
): Promise<void> {
  const { policy, consumer, log, metrics } = handling;
  let failure: unknown;
  for (const delayMs of [0, ...policy.inlineDelaysMs]) {
    if (delayMs > 0) {
      metrics.retries.inc({ type: delivery.event.type });
      await sleep(delayMs);
    }
    try {
      await waitOutTransient(handling, alive, () => handleTogether(handling, [delivery]));
      return;
    } catch (error) {
      failure = error;
    }
    await alive();
  }
  const attempts = policy.inlineDelaysMs.length + 1;
  const retryInMs = parkedDelay(policy, attempts);
  const error = causeOf(failure);
  await waitOutTransient(handling, alive, () =>
    handling.runTransaction(async (tx) => {
      const fresh = await takeEvents(tx, consumer, [delivery.event.id]);
      if (fresh.size > 0) await parkEvent(tx, consumer, delivery.parked, { attempts, retryInMs, error });
    }),
  );
  const { id: eventId, type } = delivery.event;
  log.warn(
    { err: failure, eventId, type, attempts, retryInMs },
    'an event failed and is parked; its key waits behind it',
  );
}

/** Repeats `work` while it fails for reasons that pass, with waits up to 2 s. */
async function waitOutTransient<Tx extends SqlTransaction, Deps, T>(
  { isTransient, log }: Handling<Tx, Deps>,
  alive: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.debug({ cause: causeOf(error), delayMs }, 'a dependency is away; waiting');
      await sleep(delayMs);
      await alive();
    }
  }
}
