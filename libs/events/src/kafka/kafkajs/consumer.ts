import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lms/runtime';
import type { Consumer, EachBatchPayload, Kafka as KafkaJs } from 'kafkajs';
import type { ConsumeOptions, KafkaConsumer, MessageBatch } from '../port.ts';
import { incoming } from './message.ts';

const sessionTimeoutMs = 10_000;
const heartbeatMs = 2_000;
/** A rebalance waits this long for running batches. */
const rebalanceTimeoutMs = 30_000;
/** How long the broker may hold a fetch without data; a message ends the wait at once. */
const fetchWaitMs = 500;
/** How often offsets are committed: one request for all partitions. */
const commitEveryMs = 1_000;
/** How soon the group notices that a topic has more partitions. */
const metadataMaxAgeMs = 10_000;
/** Without a fetch or heartbeat for this long the client is stuck, as kafkajs can be after a lost connection. */
const stuckAfterMs = 60_000;
const maxBackoffMs = 3_000;

/**
 * Consumes in the background until `stop`. kafkajs stops a consumer for good after errors it considers final
 * (a topic does not exist yet, no broker is reachable); here a new consumer replaces one that stopped.
 */
export function startConsumer(client: KafkaJs, options: ConsumeOptions, log: Logger): KafkaConsumer {
  const stopping = new AbortController();
  const { groupId } = options;

  const runForEver = async (): Promise<void> => {
    let backoffMs = 100;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      const error = await consumeUntilItEnds(client, options, stopping.signal);
      if (stopping.signal.aborted) return;
      backoffMs = Date.now() - startedAt > stuckAfterMs ? 100 : Math.min(backoffMs * 2, maxBackoffMs);
      log.warn({ err: error, groupId, backoffMs }, 'the Kafka consumer ended; starting another');
      await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = runForEver();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Returns the reason why the consumer ended. */
async function consumeUntilItEnds(
  client: KafkaJs,
  options: ConsumeOptions,
  stopping: AbortSignal,
): Promise<unknown> {
  const consumer = client.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: fetchWaitMs,
    maxBytesPerPartition: 1_048_576,
    metadataMaxAge: metadataMaxAgeMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
  });
  const ended = endOf(consumer, stopping);
  const offsets = commitSteadily(consumer);
  const batches = new Set<Promise<void>>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: options.topics, fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      // kafkajs would send a commit after each batch of each partition.
      autoCommit: false,
      partitionsConsumedConcurrently: options.concurrency,
      async eachBatch(payload) {
        const batch = handleBatch(payload, { ...options, offsets });
        batches.add(batch);
        await batch.finally(() => batches.delete(batch));
      },
    });
    return await ended.reason;
  } catch (error) {
    return error;
  } finally {
    ended.forget();
    await Promise.allSettled(batches);
    await offsets.stop();
    await consumer.disconnect().catch(() => undefined);
  }
}

/** Resolves when the consumer has crashed, is stuck, or must stop. */
function endOf(consumer: Consumer, stopping: AbortSignal): { reason: Promise<unknown>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const onAbort = () => resolve(undefined);
  stopping.addEventListener('abort', onAbort, { once: true });
  consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
  let seenAt = Date.now();
  const seen = () => {
    seenAt = Date.now();
  };
  for (const event of [consumer.events.FETCH, consumer.events.HEARTBEAT, consumer.events.GROUP_JOIN])
    consumer.on(event, seen);
  const watchdog = setInterval(() => {
    if (Date.now() - seenAt > stuckAfterMs) resolve(new Error(`no activity for ${stuckAfterMs} ms`));
  }, 5_000);
  return {
    reason: promise,
    forget() {
      clearInterval(watchdog);
      stopping.removeEventListener('abort', onAbort);
    },
  };
}

interface Offsets {
  /** Commits everything up to this offset with the next request. */
  add(done: { topic: string; partition: number; offset: string }): void;
  /** Commits now what was added. A failure is left to the group: then it reads those messages again. */
  commit(): Promise<void>;
  stop(): Promise<void>;
}

function commitSteadily(consumer: Consumer): Offsets {
  const done = new Map<string, { topic: string; partition: number; offset: string }>();
  const commit = async () => {
    const offsets = [...done.values()];
    done.clear();
    if (offsets.length > 0) await consumer.commitOffsets(offsets).catch(() => undefined);
  };
  const timer = setInterval(commit, commitEveryMs);
  consumer.on(consumer.events.REBALANCING, commit);
  return {
    add({ topic, partition, offset }) {
      done.set(`${topic}:${partition}`, { topic, partition, offset: String(BigInt(offset) + 1n) });
    },
    commit,
    async stop() {
      clearInterval(timer);
      await commit();
    },
  };
}

async function handleBatch(
  payload: EachBatchPayload,
  options: ConsumeOptions & { offsets: Offsets },
): Promise<void> {
  const { topic, partition, messages } = payload.batch;
  let lost: { error: unknown } | undefined;
  const heartbeat = async () => {
    if (lost) throw lost.error;
    try {
      await payload.heartbeat();
    } catch (error) {
      lost = { error };
      await options.offsets.commit();
      throw error;
    }
  };
  // kafkajs sends no heartbeats by itself while a batch is being processed.
  const timer = setInterval(() => void heartbeat().catch(() => undefined), heartbeatMs);
  const batch: MessageBatch = {
    topic,
    partition,
    messages: messages.map((message) => incoming(topic, partition, message)),
    heartbeat,
    done({ offset }) {
      payload.resolveOffset(offset);
      if (!lost) options.offsets.add({ topic, partition, offset });
    },
    isActive: () => !lost && payload.isRunning() && !payload.isStale(),
  };
  try {
    await options.onBatch(batch);
  } finally {
    clearInterval(timer);
  }
  if (lost) throw (lost as { error: unknown }).error;
}
