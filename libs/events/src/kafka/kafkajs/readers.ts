import type { Consumer, Kafka as KafkaJs } from 'kafkajs';
import type { IncomingMessage } from '../port.ts';
import { incoming } from './message.ts';

/** After this long without a message a reader checks whether there is anything left to read. */
const idleMs = 10_000;
/** A reader gives up after this many consecutive checks without a message although there is more to read. */
const maxIdleChecks = 6;
/** A broker that has just started may respond "coordinator is loading" for this long. */
const maxStartMs = 30_000;
/** The first number is also kafkajs' pause before it starts a consumer again. */
const retry = { initialRetryTime: 250, maxRetryTime: 1_000, retries: 5 };

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
    let idleChecks = 0;
    const onIdle = async () => {
      // The remaining messages may have been deleted in the meantime; then the end is never reached.
      const left = await endsOf(client, topic);
      for (const partition of ends.keys()) if (!left.has(partition)) ends.delete(partition);
      if (ends.size === 0) return resolve();
      if (++idleChecks === maxIdleChecks) {
        return reject(new Error(`no message of ${topic} came for ${(maxIdleChecks * idleMs) / 1_000} s`));
      }
      timer.refresh();
    };
    const timer = setTimeout(() => void onIdle().catch(reject), idleMs);
    onEnd(consumer, reject);
    const running = consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        // Messages may still arrive while the consumer leaves; `refresh` would restart a timer that was cleared.
        if (ends.size === 0) return;
        timer.refresh();
        idleChecks = 0;
        const end = ends.get(partition);
        if (end === undefined) return;
        if (BigInt(message.offset) < end) onMessage(incoming(topic, partition, message));
        if (BigInt(message.offset) + 1n >= end) ends.delete(partition);
        if (ends.size === 0) resolve();
      },
    });
    await Promise.all([running, promise]).finally(() => {
      ends.clear();
      clearTimeout(timer);
    });
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
    onEnd(consumer, reject);
    const running = consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => onMessage(incoming(topic, partition, message)),
    });
    await Promise.all([running, promise]);
  });
}

/**
 * Calls `ended` when the consumer has crashed. Until it has joined its group, kafkajs may restart it for up to
 * `maxStartMs`; a later restart would read everything twice, or miss messages that arrived in between.
 */
function onEnd(consumer: Consumer, ended: (error: Error) => void): void {
  const giveUpAt = Date.now() + maxStartMs;
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined = true;
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (joined || !payload.restart || Date.now() > giveUpAt) ended(payload.error);
  });
}

/** kafkajs can only read in groups, so this uses a temporary group and deletes it afterwards. */
async function withReader(client: KafkaJs, read: (consumer: Consumer) => Promise<void>): Promise<void> {
  const groupId = `lms.reader.${crypto.randomUUID()}`;
  const consumer = client.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200, retry });
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
