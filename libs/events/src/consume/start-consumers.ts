import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger, Metrics } from '@lms/runtime';
import { findContract } from '../contracts/registry.ts';
import type { Kafka, KafkaConsumer, KafkaProducer, MessageBatch } from '../kafka/port.ts';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { groupName, topicName } from '../topics.ts';
import { defaultRetryPolicy, isTransientFailure, type RetryPolicy } from './failures.ts';
import { type Handling, handleChunk } from './handle-chunk.ts';
import type { Consumers } from './handlers.ts';
import { createConsumerMetrics } from './metrics.ts';
import { retryParkedEvents } from './retry-parked.ts';

/** Most events in one transaction. */
const chunkSize = 200;
const lagEveryMs = 10_000;

export interface ConsumerOptions<Tx extends SqlTransaction, Deps> {
  service: string;
  topicPrefix: string;
  consumers: Consumers<Tx, Deps>;
  deps: Deps;
  kafka: Kafka;
  /** Runs `work` in a transaction of the service's database; retries nothing by itself. */
  runTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /**
   * Failures that pass by themselves, beside those known here (PostgreSQL, Kafka or network away, deadlocks,
   * AppError dependency_unavailable): they are waited out and never held against an event.
   */
  isTransient?: (error: unknown) => boolean;
  retryPolicy?: RetryPolicy;
  log: Logger;
  metrics: Metrics;
}

/**
 * Consumes the topics of a service's handlers: each event has its effect once, in order per key, whatever
 * dies in between (docs/adr/0003-outbox-and-inbox.md). Starting does not wait for Kafka.
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

  const consume = async (handling: Handling<Tx, Deps>): Promise<void> => {
    for (let delayMs = 200; !stopping.signal.aborted; delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        client = await kafka.consume({
          groupId: consumer,
          topics,
          concurrency: 3,
          onBatch: (batch) => handleBatch(handling, batch, stopping.signal),
        });
        log.info({ consumer, topics }, 'consuming');
        return;
      } catch (err) {
        log.warn({ err, delayMs }, 'consumers could not start; trying again');
        await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };

  const measureLag = async (): Promise<void> => {
    const admin = kafka.createAdmin();
    while (!stopping.signal.aborted) {
      await sleep(lagEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      for (const topic of topics) {
        const lag = await admin.lag(consumer, topic).catch(() => undefined);
        if (lag)
          metrics.lag.set(
            { topic },
            lag.reduce((sum, partition) => sum + partition.lag, 0),
          );
      }
    }
    await admin.close();
  };

  return {
    name: 'consumers',
    async start() {
      if (topics.length === 0) return;
      deadLetters = await kafka.createProducer();
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
      running = [consume(handling), retryParkedEvents(handling, stopping.signal), measureLag()];
    },
    async stop() {
      stopping.abort();
      await client?.stop();
      await Promise.all(running);
      await deadLetters?.close();
    },
  };
}

async function handleBatch<Tx extends SqlTransaction, Deps>(
  handling: Handling<Tx, Deps>,
  batch: MessageBatch,
  stopping: AbortSignal,
): Promise<void> {
  const alive = async () => {
    if (stopping.aborted) throw new Error('the consumer is stopping');
    await batch.heartbeat();
  };
  for (let from = 0; from < batch.messages.length; from += chunkSize) {
    if (!batch.isActive() || stopping.aborted) return;
    const chunk = batch.messages.slice(from, from + chunkSize);
    await handleChunk(handling, chunk, alive);
    const last = chunk.at(-1);
    if (last) batch.done(last);
    await batch.heartbeat();
  }
  await batch.commit();
}

function topicsOf<Tx, Deps>(consumers: Consumers<Tx, Deps>, prefix: string): string[] {
  const names = consumers.types.map((type) => {
    const contract = findContract(type);
    if (!contract) throw new Error(`no contract for ${type}`);
    return topicName(prefix, contract.topic);
  });
  return [...new Set(names)].sort();
}
