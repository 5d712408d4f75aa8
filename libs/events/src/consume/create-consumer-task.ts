import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger, Metrics } from '@lms/runtime';
import { findContract } from '../contracts/event-contracts.ts';
import type { Kafka, KafkaConsumer, KafkaProducer } from '../kafka/port.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { groupName, topicName } from '../topics.ts';
import { type ConsumerMetrics, createConsumerMetrics } from './consumer-metrics.ts';
import type { Consumers } from './define-consumers.ts';
import { defaultRetryPolicy, isTransientFailure, type RetryPolicy } from './failures.ts';
import { type Handling, handleChunk } from './handle-chunk.ts';
import { joinBatches } from './join-batches.ts';
import { retryParkedEvents } from './retry-parked-events.ts';

/** Transactions at a time; each needs a database connection of the pool. */
const concurrency = 2;
/** Partitions whose events may wait for a transaction together: all that a process is likely to have. */
const partitionsAtOnce = 100;
const defaultLagEveryMs = 10_000;

export interface ConsumerOptions<Tx extends SqlTransaction, Deps> {
  service: string;
  topicPrefix: string;
  consumers: Consumers<Tx, Deps>;
  deps: Deps;
  kafka: Kafka;
  /** Runs `work` in a transaction of the service's database, without retries. */
  runTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /**
   * Transient failures in addition to those known here (PostgreSQL, Kafka or network down, deadlocks,
   * AppError dependency_unavailable): they are retried without limit and never count as an attempt.
   */
  isTransient?: (error: unknown) => boolean;
  retryPolicy?: RetryPolicy;
  /** How often the lag is measured, in ms; 10 s by default. */
  lagEveryMs?: number;
  log: Logger;
  metrics: Metrics;
}

/**
 * Consumes the topics of a service's handlers: each event has its effect once, in order per key, whichever
 * process dies in between (docs/adr/0004-inbox-and-parking.md). Starting does not wait for Kafka.
 */
export function createConsumerTask<Tx extends SqlTransaction, Deps>(
  options: ConsumerOptions<Tx, Deps>,
): BackgroundTask {
  const { log, kafka } = options;
  const consumer = groupName(options.topicPrefix, options.service);
  const topics = topicsOf(options.consumers, options.topicPrefix);
  const metrics = createConsumerMetrics(options.metrics);
  const stopping = new AbortController();
  let running: Promise<void>[] = [];
  let client: KafkaConsumer | undefined;
  let deadLetters: KafkaProducer | undefined;

  return {
    name: 'consumers',
    async start() {
      if (topics.length === 0) return;
      deadLetters = kafka.createProducer();
      const handling: Handling<Tx, Deps> = {
        consumer,
        consumers: options.consumers,
        deps: options.deps,
        runTransaction: options.runTransaction,
        isTransient: (error) => isTransientFailure(error) || options.isTransient?.(error) === true,
        deadLetters,
        policy: options.retryPolicy ?? defaultRetryPolicy,
        log,
        metrics,
      };
      client = kafka.consume({
        groupId: consumer,
        topics,
        concurrency: partitionsAtOnce,
        onBatch: joinBatches({
          concurrency,
          stopping: stopping.signal,
          handle: (messages, stillOurs) => handleChunk(handling, messages, stillOurs),
        }),
      });
      running = [
        retryParkedEvents(handling, stopping.signal),
        measureLag({
          ...{ kafka, consumer, topics, metrics, stopping: stopping.signal },
          everyMs: options.lagEveryMs ?? defaultLagEveryMs,
        }),
      ];
      log.info({ consumer, topics }, 'consuming');
    },
    async stop() {
      stopping.abort();
      await Promise.all([client?.stop(), ...running]);
      await deadLetters?.close();
    },
  };
}

async function measureLag(options: {
  kafka: Kafka;
  consumer: string;
  topics: string[];
  metrics: ConsumerMetrics;
  stopping: AbortSignal;
  everyMs: number;
}): Promise<void> {
  const { consumer, topics, stopping, everyMs } = options;
  const admin = options.kafka.createAdmin();
  while (!stopping.aborted) {
    await sleep(everyMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) break;
    // Without a response the gauge keeps its last value; other metrics and checks report that Kafka is down.
    const lag = await admin.lag(consumer, topics).catch(() => new Map<string, number>());
    for (const [topic, count] of lag) options.metrics.lag.set({ topic }, count);
  }
  await admin.close();
}

function topicsOf<Tx, Deps>(consumers: Consumers<Tx, Deps>, prefix: string): string[] {
  const names = consumers.types.map((type) => {
    const contract = findContract(type);
    if (!contract) throw new Error(`no contract for ${type}`);
    return topicName(prefix, contract.topic);
  });
  return [...new Set(names)].sort();
}
