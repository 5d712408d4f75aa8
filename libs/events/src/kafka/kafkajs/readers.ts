import type { Consumer, Kafka as KafkaJs } from 'kafkajs';
import type { IncomingMessage } from '../port.ts';
import { incoming } from './message.ts';

/** A topic whose rest was deleted while it is read would never reach its end; then this ends the wait. */
const idleMs = 10_000;

/** See `Kafka.readAll`. */
export async function readAll(
  client: KafkaJs,
  topic: string,
  onMessage: (message: IncomingMessage) => void,
): Promise<void> {
  const ends = await endsOf(client, topic);
  if (ends.size === 0) return;
  await withReader(client, async (consumer) => {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, idleMs);
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        timer.refresh();
        const end = ends.get(partition);
        if (end === undefined) return;
        if (BigInt(message.offset) < end) onMessage(incoming(topic, partition, message));
        if (BigInt(message.offset) + 1n >= end) ends.delete(partition);
        if (ends.size === 0) resolve();
      },
    });
    await promise.finally(() => clearTimeout(timer));
  });
}

/** See `Kafka.follow`. */
export async function follow(
  client: KafkaJs,
  topics: string[],
  onMessage: (message: IncomingMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  await withReader(client, async (consumer) => {
    await consumer.subscribe({ topics, fromBeginning: false });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => onMessage(incoming(topic, partition, message)),
    });
    await promise;
  });
}

/** kafkajs reads in groups only: a group of its own, deleted afterwards. */
async function withReader(client: KafkaJs, read: (consumer: Consumer) => Promise<void>): Promise<void> {
  const groupId = `lms.reader.${crypto.randomUUID()}`;
  const consumer = client.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  try {
    await consumer.connect();
    await read(consumer);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    const admin = client.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}

async function endsOf(client: KafkaJs, topic: string): Promise<Map<number, bigint>> {
  const admin = client.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const filled = offsets.filter(({ low, high }) => BigInt(high) > BigInt(low));
    return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}
