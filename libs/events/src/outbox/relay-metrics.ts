import { Counter, Gauge, Histogram, type Metrics } from '@lms/runtime';
import type pg from 'pg';

/** Counting stops here: a larger number would add no information and take longer. */
const maxCounted = 100_000;

/** Metrics of an outbox. Depth and age are those of the active relay; standbys do not report them. */
export function createRelayMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    published: new Counter({
      name: 'events_published_total',
      help: 'Events of the outbox that Kafka has acknowledged',
      registers,
    }),
    publishFailures: new Counter({
      name: 'events_publish_failures_total',
      help: 'Batches of the outbox that could not be published and are retried',
      registers,
    }),
    publishDuration: new Histogram({
      name: 'events_publish_duration_seconds',
      help: 'Time from sending a batch of the outbox to its acknowledgement by Kafka',
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
    partitions: new Gauge({
      name: 'events_partitions_in_use',
      help: 'Partitions of a topic that the relay spreads keys over',
      labelNames: ['topic'],
      registers,
    }),
    oldest: new Gauge({
      name: 'events_outbox_oldest_age_seconds',
      help: 'Age of the oldest event that waits for the relay',
      registers,
    }),
  };
}

export type RelayMetrics = ReturnType<typeof createRelayMetrics>;

/** Sets the gauges of the events that wait in the outbox; none is below number `from`. */
export async function measureDepth(client: pg.Client, measure: RelayMetrics, from: string): Promise<void> {
  const { rows } = await client.query<{ depth: string; age: string }>({
    name: 'measure-depth',
    text: `SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age
     FROM (SELECT created_at FROM outbox WHERE seq >= $1::bigint ORDER BY seq LIMIT ${maxCounted}) AS waiting`,
    values: [from],
  });
  measure.depth.set(Number(rows[0]?.depth ?? 0));
  measure.oldest.set(Number(rows[0]?.age ?? 0));
}
