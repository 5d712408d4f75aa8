import { setTimeout as sleep } from 'node:timers/promises';
import { type BackgroundTask, Gauge, Histogram, type Logger, type Metrics } from '@lms/runtime';
import pg from 'pg';
import type { Kafka, KafkaProducer } from '../kafka/port.ts';
import { outboxChannel } from './append-event.ts';

const batchSize = 500;
/** How long a relay sleeps when nothing wakes it. */
const pollMs = 1_000;
/** How often a standby asks whether the active relay is gone. */
const standbyMs = 1_000;
const maxBackoffMs = 5_000;

interface OutboxRow {
  seq: string;
  topic: string;
  key: string;
  payload: string;
  created_at: Date;
}

/**
 * Publishes the outbox of one schema, in order per key, at least once. Runs in every process; one of them
 * is active at a time, by a session advisory lock, because order across several publishers would need
 * coordination that one publisher does not: a single relay moves thousands of events a second. When its
 * connection dies, PostgreSQL frees the lock and a standby takes over within about a second.
 *
 * A row is deleted only after Kafka has acknowledged it. A relay that loses its connection in between
 * leaves its rows to the next one, which publishes them again first: consumers drop the duplicates.
 */
export function createOutboxRelay(options: {
  databaseUrl: string;
  schema: string;
  topicPrefix: string;
  kafka: Kafka;
  log: Logger;
  metrics: Metrics;
}): BackgroundTask {
  const { log } = options;
  const measure = relayMetrics(options.metrics);
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;
  let producer: KafkaProducer | undefined;

  const publish = async (client: pg.Client): Promise<number> => {
    const { rows } = await client.query<OutboxRow>(
      'SELECT seq, topic, key, payload, created_at FROM outbox ORDER BY seq LIMIT $1',
      [batchSize],
    );
    if (rows.length === 0) return 0;
    const end = measure.publishDuration.startTimer();
    producer ??= await options.kafka.createProducer();
    await producer.send(
      rows.map(({ topic, key, payload }) => ({ topic: options.topicPrefix + topic, key, value: payload })),
    );
    await client.query('DELETE FROM outbox WHERE seq = ANY($1::bigint[])', [rows.map((row) => row.seq)]);
    end();
    const now = Date.now();
    for (const row of rows) measure.outboxLatency.observe((now - row.created_at.getTime()) / 1000);
    return rows.length;
  };

  const runActive = async (client: pg.Client, wake: WakeUp): Promise<void> => {
    await client.query(`LISTEN ${pg.escapeIdentifier(outboxChannel(options.schema))}`);
    log.info({ schema: options.schema }, 'outbox relay is active');
    let lastGauges = 0;
    while (!stopping.signal.aborted) {
      const published = await publish(client);
      if (Date.now() - lastGauges > 5_000) {
        lastGauges = Date.now();
        await measureDepth(client, measure);
      }
      if (published < batchSize) await wake.wait(pollMs);
    }
  };

  const session = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: plainUrl(options.databaseUrl),
      connectionTimeoutMillis: 3_000,
      query_timeout: 15_000,
      statement_timeout: 10_000,
      keepAlive: true,
      application_name: `lms-relay-${options.schema}`,
      options: `-c search_path=${options.schema}`,
    });
    const wake = createWakeUp(stopping.signal);
    const broken = new Promise<never>((_resolve, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection to PostgreSQL ended')));
    });
    broken.catch(() => wake.now());
    client.on('notification', () => wake.now());
    try {
      await client.connect();
      while (!stopping.signal.aborted) {
        if (await tryLock(client, options.schema)) {
          await Promise.race([runActive(client, wake), broken]);
        } else await Promise.race([wake.wait(standbyMs), broken]);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const runForEver = async (): Promise<void> => {
    let backoffMs = 100;
    while (!stopping.signal.aborted) {
      const started = Date.now();
      try {
        await session();
      } catch (err) {
        if (stopping.signal.aborted) return;
        log.warn({ err, schema: options.schema, backoffMs }, 'outbox relay will try again');
        backoffMs = Date.now() - started > 10_000 ? 100 : Math.min(backoffMs * 2, maxBackoffMs);
        await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };

  return {
    name: 'relay',
    async start() {
      loop = runForEver();
    },
    async stop() {
      stopping.abort();
      await loop;
      await producer?.close();
    },
  };
}

async function tryLock(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`lms:relay:${schema}`],
  );
  return rows[0]?.locked === true;
}

interface WakeUp {
  now(): void;
  /** Resolves at the next `now()`, also one that came since the last wait, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
}

function createWakeUp(stopping: AbortSignal): WakeUp {
  let pending = false;
  let resolveWait: (() => void) | undefined;
  const now = () => {
    pending = true;
    resolveWait?.();
  };
  stopping.addEventListener('abort', now, { once: true });
  return {
    now,
    async wait(timeoutMs) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          resolveWait = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        resolveWait = undefined;
      }
      pending = false;
    },
  };
}

function relayMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    publishDuration: new Histogram({
      name: 'events_publish_duration_seconds',
      help: 'Time to publish one batch of the outbox and delete it',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    outboxLatency: new Histogram({
      name: 'events_outbox_latency_seconds',
      help: 'Time from appending an event to its acknowledgement by Kafka',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120],
      registers,
    }),
    depth: new Gauge({ name: 'events_outbox_depth', help: 'Events that wait for the relay', registers }),
    oldest: new Gauge({
      name: 'events_outbox_oldest_age_seconds',
      help: 'Age of the oldest event that waits for the relay',
      registers,
    }),
  };
}

async function measureDepth(client: pg.Client, measure: ReturnType<typeof relayMetrics>): Promise<void> {
  const { rows } = await client.query<{ depth: string; age: string }>(
    `SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age
     FROM (SELECT created_at FROM outbox ORDER BY seq LIMIT 100000) AS waiting`,
  );
  measure.depth.set(Number(rows[0]?.depth ?? 0));
  measure.oldest.set(Number(rows[0]?.age ?? 0));
}

function plainUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.delete('schema');
  return url.href;
}
