import { Counter, Gauge, Histogram, type Metrics } from '@lms/runtime';

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600];

/** Metrics of a service's consumers. */
export function createConsumerMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    handled: new Counter({
      name: 'events_handled_total',
      help: 'Events whose effect was committed',
      labelNames: ['type'],
      registers,
    }),
    duplicates: new Counter({
      name: 'events_duplicates_total',
      help: 'Deliveries of events that had already been handled and were dropped',
      registers,
    }),
    retries: new Counter({
      name: 'events_retries_total',
      help: 'Retries of events after a failure',
      labelNames: ['type'],
      registers,
    }),
    parked: new Gauge({ name: 'events_parked', help: 'Events that wait for a retry', registers }),
    deadLetters: new Counter({
      name: 'events_dead_letters_total',
      help: 'Events that were given up on and sent to a dead-letter topic',
      labelNames: ['cause'],
      registers,
    }),
    handleDuration: new Histogram({
      name: 'events_handle_duration_seconds',
      help: 'Duration of a transaction that handles events',
      buckets: latencyBuckets,
      registers,
    }),
    endToEnd: new Histogram({
      name: 'events_end_to_end_seconds',
      help: 'Time from appending an event to committing its effect',
      labelNames: ['type'],
      buckets: latencyBuckets,
      registers,
    }),
    lag: new Gauge({
      name: 'events_consumer_lag',
      help: 'Messages of a topic that the group has not committed yet',
      labelNames: ['topic'],
      registers,
    }),
  };
}

export type ConsumerMetrics = ReturnType<typeof createConsumerMetrics>;
