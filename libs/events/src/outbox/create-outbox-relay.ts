import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger, Metrics } from '@lms/runtime';
import type pg from 'pg';
import { causeOf } from '../consume/failures.ts';
import type { Kafka, KafkaProducer } from '../kafka/port.ts';
import { outboxChannel } from './append-event.ts';
import { createLowerBound, type LowerBound } from './lower-bound.ts';
import { batchSize, deleteAndReadNext, maxBatchBytes, type OutboxRow } from './outbox-rows.ts';
import { createPartitionsInUse, type PartitionsInUse } from './partitions-in-use.ts';
import { connectRelay, lockAwake, tryLock, unlockAwake, withKeepAlive } from './relay-connection.ts';
import { createRelayMetrics, measureDepth, type RelayMetrics } from './relay-metrics.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

/** How long a relay sleeps if nothing wakes it, because LISTEN can be lost silently. */
const defaultPollMs = 1_000;
/** How often a standby checks whether the active relay is gone, in ms. */
export const standbyMs = 1_000;
const maxBackoffMs = 2_000;
/** After failing to publish for this long, another process takes over, because its network may be better. */
const giveWayAfterMs = 15_000;
const defaultMeasureEveryMs = 5_000;
/** How often the relay asks whether its topics have more partitions. */
const defaultFollowEveryMs = 30_000;
/** From one look at the outbox to the next while events keep coming, in ms. */
const lingerMs = 75;
/** How long a relay goes on looking by itself after the last event, in ms. */
const staysAwakeMs = 1_000;

export interface RelayOptions {
  databaseUrl: string;
  /** PostgreSQL schema that holds the outbox: the name of the service. */
  schema: string;
  topicPrefix: string;
  kafka: Kafka;
  log: Logger;
  metrics: Metrics;
  /** How often the depth and age of the outbox are measured, in ms; 5 s by default. */
  measureEveryMs?: number;
  /** Longest time between two polls of the outbox when nothing wakes the relay, in ms; 1 s by default. */
  pollMs?: number;
  /** How often the relay asks whether its topics have more partitions, in ms; 30 s by default. */
  followEveryMs?: number;
}

/**
 * Publishes the outbox of one schema, in order per key, at least once. It runs in every process, but a session
 * advisory lock allows only one to be active: several publishers would need coordination to keep the order, and one
 * publishes more than all services together write (figures: docs/adr/0002-outbox.md). If its connection dies,
 * PostgreSQL frees the lock and a standby takes over within about a second; a process that is frozen, or whose host
 * is down, loses its connection within 15 s.
 *
 * A row is deleted only after Kafka has acknowledged it. If a relay dies in between, the next one publishes its rows
 * again before anything newer: events of the first attempt that still arrive are duplicates, which consumers drop.
 * The first occurrences stay in order.
 */
export function createOutboxRelay(options: RelayOptions): BackgroundTask {
  const { log, schema } = options;
  const relay: Relay = {
    ...options,
    measure: createRelayMetrics(options.metrics),
    producer: options.kafka.createProducer(),
    stopping: new AbortController(),
  };
  let loop: Promise<void> | undefined;

  const runForEver = async (): Promise<void> => {
    let backoffMs = 100;
    while (!relay.stopping.signal.aborted) {
      const startedAt = Date.now();
      try {
        await runSession(relay);
      } catch (err) {
        if (relay.stopping.signal.aborted) return;
        backoffMs = Date.now() - startedAt > 10_000 ? 100 : Math.min(backoffMs * 2, maxBackoffMs);
        log.warn({ err, schema, backoffMs }, 'the outbox relay lost its connection; reconnecting');
        await sleep(backoffMs, undefined, { signal: relay.stopping.signal }).catch(() => undefined);
      }
    }
  };

  return {
    name: 'relay',
    async start() {
      loop = runForEver();
    },
    /** Finishes the current batch; another process, or the next start, publishes the remaining events. */
    async stop() {
      relay.stopping.abort();
      await loop;
      await relay.producer.close();
    },
  };
}

interface Relay extends Omit<RelayOptions, 'metrics'> {
  measure: RelayMetrics;
  producer: KafkaProducer;
  stopping: AbortController;
}

/** One connection: waits for the lock, then publishes until the connection breaks or the relay stops. */
async function runSession(relay: Relay): Promise<void> {
  const { stopping, schema } = relay;
  const wake = createWakeUp(stopping.signal);
  const client = await connectRelay({ databaseUrl: relay.databaseUrl, schema, onWake: wake.now });
  const restMs = 10 * (relay.followEveryMs ?? defaultFollowEveryMs);
  const partitions = createPartitionsInUse({ ...relay, client, restMs, stopping: stopping.signal });
  try {
    while (!stopping.signal.aborted && !(await tryLock(client, schema))) await wake.wait(standbyMs);
    if (stopping.signal.aborted) return;
    await client.query(`LISTEN ${client.escapeIdentifier(outboxChannel(schema))}`);
    relay.log.info({ schema }, 'the outbox relay is active');
    await publishUntilStopped(relay, { client, wake, bound: createLowerBound(client), partitions });
  } finally {
    await partitions.close().catch(() => undefined);
    await client.end().catch(() => undefined);
  }
}

/** What `publishUntilStopped` needs of one session. */
interface Session {
  client: pg.Client;
  wake: WakeUp;
  bound: LowerBound;
  partitions: PartitionsInUse;
}

async function publishUntilStopped(relay: Relay, session: Session): Promise<void> {
  const { client, bound, partitions } = session;
  const { signal } = relay.stopping;
  const rest = createRest(relay, session);
  let failingSince: number | undefined;
  let backoffMs = 50;
  let measureAt = 0;
  let followAt = Date.now() + (relay.followEveryMs ?? defaultFollowEveryMs);
  let published: OutboxRow[] = [];
  while (!signal.aborted) {
    const readAt = Date.now();
    const rows = await deleteAndReadNext(client, bound, published);
    published = [];
    if (readAt > measureAt) {
      measureAt = readAt + (relay.measureEveryMs ?? defaultMeasureEveryMs);
      await measureDepth(client, relay.measure, bound.value());
    }
    if (readAt > followAt && failingSince === undefined) {
      await partitions.followKafka();
      followAt = Date.now() + (relay.followEveryMs ?? defaultFollowEveryMs);
    }
    if (rows.length === 0) {
      await rest.untilWoken();
      continue;
    }
    try {
      await publish(relay, session, rows);
      published = rows;
      failingSince = undefined;
      backoffMs = 50;
    } catch (error) {
      failingSince ??= Date.now();
      relay.measure.publishFailures.inc();
      if (Date.now() - failingSince > giveWayAfterMs) throw error;
      relay.log.warn({ cause: causeOf(error), backoffMs, schema: relay.schema }, 'publishing failed');
      await pause(backoffMs, signal);
      backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
      continue;
    }
    await rest.between(rows, readAt);
  }
  if (published.length > 0) await deleteAndReadNext(client, bound, published);
}

/**
 * When the relay looks again. After a batch it lets events gather for `lingerMs`, so that under load one batch, one
 * request to Kafka and one transaction of each consumer hold many events; the first event after a quiet time never
 * waits. While batches follow each other the relay looks by itself (`lockAwake`).
 */
function createRest({ schema, stopping, pollMs = defaultPollMs }: Relay, { client, wake }: Session) {
  let awake = false;
  let lastRowsAt = 0;
  /** Until then the relay looks by itself, also for transactions that saw it awake and did not notify. */
  let lookUntil = 0;
  return {
    async between(rows: OutboxRow[], readAt: number): Promise<void> {
      const busy = readAt - lastRowsAt < 2 * lingerMs + 50;
      lastRowsAt = readAt;
      if (busy && !awake) awake = await lockAwake(client, schema);
      const characters = rows.reduce((sum, { payload }) => sum + payload.length, 0);
      const moreWait = rows.length === batchSize || characters > maxBatchBytes / 4;
      if (!moreWait) await pause(readAt + lingerMs - Date.now(), stopping.signal);
    },
    async untilWoken(): Promise<void> {
      if (awake && Date.now() - lastRowsAt > staysAwakeMs) {
        await unlockAwake(client, schema);
        awake = false;
        lookUntil = Date.now() + staysAwakeMs;
      }
      await wake.wait(awake || Date.now() < lookUntil ? Math.min(lingerMs, pollMs) : pollMs);
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function publish(relay: Relay, { client, partitions }: Session, rows: OutboxRow[]): Promise<void> {
  const inUse = new Map<string, number>();
  for (const { topic } of rows)
    if (!inUse.has(topic)) inUse.set(topic, await partitions.of(relay.topicPrefix + topic));
  const messages = rows.map(({ topic, key, payload }) => ({
    topic: relay.topicPrefix + topic,
    key,
    value: payload,
    partitions: inUse.get(topic) as number,
  }));
  const end = relay.measure.publishDuration.startTimer();
  await withKeepAlive(client, () => relay.producer.send(messages));
  end();
  const now = Date.now();
  for (const row of rows) relay.measure.outboxLatency.observe((now - row.created_at.getTime()) / 1000);
  relay.measure.published.inc(rows.length);
}
