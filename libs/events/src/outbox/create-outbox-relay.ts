import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger, Metrics } from '@lms/runtime';
import type pg from 'pg';
import { causeOf } from '../consume/failures.ts';
import type { Kafka, KafkaProducer } from '../kafka/port.ts';
import { outboxChannel } from './append-event.ts';
import { connectRelay, tryLock, withKeepAlive } from './relay-connection.ts';
import { createRelayMetrics, measureDepth, type RelayMetrics } from './relay-metrics.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

const batchSize = 500;
/** Maximum payload of one batch: all of it may go to one partition, whose batches may have 1 MiB. */
const maxBatchBytes = 900_000;
/** How long a relay sleeps if nothing wakes it, because LISTEN can be lost silently. */
const defaultPollMs = 1_000;
/** How often a standby checks whether the active relay is gone, in ms. */
export const standbyMs = 1_000;
const maxBackoffMs = 2_000;
/** After failing to publish for this long, another process takes over, because its network may be better. */
const giveWayAfterMs = 15_000;
const defaultMeasureEveryMs = 5_000;

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
  try {
    while (!stopping.signal.aborted && !(await tryLock(client, schema))) await wake.wait(standbyMs);
    if (stopping.signal.aborted) return;
    await client.query(`LISTEN ${client.escapeIdentifier(outboxChannel(schema))}`);
    relay.log.info({ schema }, 'the outbox relay is active');
    await publishUntilStopped(relay, client, wake);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function publishUntilStopped(relay: Relay, client: pg.Client, wake: WakeUp): Promise<void> {
  let failingSince: number | undefined;
  let backoffMs = 50;
  let measureAt = 0;
  let published: OutboxRow[] = [];
  while (!relay.stopping.signal.aborted) {
    const rows = await deleteAndReadNext(client, published);
    published = [];
    if (Date.now() > measureAt) {
      measureAt = Date.now() + (relay.measureEveryMs ?? defaultMeasureEveryMs);
      await measureDepth(client, relay.measure);
    }
    if (rows.length === 0) {
      await wake.wait(relay.pollMs ?? defaultPollMs);
      continue;
    }
    try {
      await publish(relay, client, rows);
      published = rows;
      failingSince = undefined;
      backoffMs = 50;
    } catch (error) {
      failingSince ??= Date.now();
      relay.measure.publishFailures.inc();
      if (Date.now() - failingSince > giveWayAfterMs) throw error;
      relay.log.warn({ cause: causeOf(error), backoffMs, schema: relay.schema }, 'publishing failed');
      await sleep(backoffMs, undefined, { signal: relay.stopping.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
    }
  }
  if (published.length > 0) await deleteAndReadNext(client, published);
}

interface OutboxRow {
  seq: string;
  topic: string;
  key: string;
  payload: string;
  created_at: Date;
}

/**
 * Deletes the published rows and returns the oldest remaining ones, in one round trip. For each key the order
 * is that of commits (see `appendEvent`). The SELECT sees the table as it was before the DELETE, so it
 * excludes those rows itself.
 */
async function deleteAndReadNext(client: pg.Client, published: OutboxRow[]): Promise<OutboxRow[]> {
  const { rows } = await client.query<OutboxRow>({
    name: 'delete-and-read-next',
    text: `WITH published AS (DELETE FROM outbox WHERE seq = ANY($3::bigint[]))
           SELECT seq, topic, key, payload, created_at
           FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) AS bytes
                 FROM (SELECT * FROM outbox WHERE seq <> ALL($3::bigint[]) ORDER BY seq LIMIT $1) AS oldest
                ) AS measured
           WHERE bytes <= $2 OR bytes = octet_length(payload)
           ORDER BY seq`,
    values: [batchSize, maxBatchBytes, published.map(({ seq }) => seq)],
  });
  return rows;
}

async function publish(relay: Relay, client: pg.Client, rows: OutboxRow[]): Promise<void> {
  const end = relay.measure.publishDuration.startTimer();
  const messages = rows.map(({ topic, key, payload }) => ({
    topic: relay.topicPrefix + topic,
    key,
    value: payload,
  }));
  await withKeepAlive(client, () => relay.producer.send(messages));
  end();
  const now = Date.now();
  for (const row of rows) relay.measure.outboxLatency.observe((now - row.created_at.getTime()) / 1000);
  relay.measure.published.inc(rows.length);
}
