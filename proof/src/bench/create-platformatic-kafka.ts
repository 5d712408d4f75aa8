import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kafka, KafkaProducer } from '@lms/events';
import {
  Consumer,
  compatibilityPartitioner,
  type Message,
  type MessagesStream,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';

type ConsumeOptions = Parameters<Kafka['consume']>[0];
type Incoming = Parameters<ConsumeOptions['onBatch']>[0]['messages'][number];
type TextMessage = Message<string, string, string, string>;

const maxBatch = 1_000;
/** Maximum number of messages waiting in this process before the stream is paused. */
const maxWaiting = 5_000;

/**
 * The port's producer and consumer on @platformatic/kafka, for comparing the two clients
 * (docs/adr/0003-kafka-client.md). `rest` provides what is not measured. It does not recover from failures and is
 * not for production.
 */
export function createPlatformaticKafka(options: {
  brokers: string[];
  clientId: string;
  rest: Kafka;
}): Kafka {
  const client = { clientId: options.clientId, bootstrapBrokers: options.brokers };
  return {
    ...options.rest,
    createProducer: () => createProducer(client),
    consume: (consume) => startConsumer(client, consume),
  };
}

type Client = { clientId: string; bootstrapBrokers: string[] };

function createProducer(client: Client): KafkaProducer {
  const producer = new Producer({
    ...client,
    serializers: stringSerializers,
    idempotent: true,
    // The same partitions as kafkajs and the Java client; otherwise a change of client would break the order per key.
    partitioner: compatibilityPartitioner,
  });
  return {
    async send(messages) {
      await producer.send({
        messages: messages.map(({ topic, key, value, headers = {} }) => ({ topic, key, value, headers })),
      });
    },
    ping: async () => void (await producer.metadata({ topics: [], forceUpdate: true })),
    close: () => producer.close(),
  };
}

function startConsumer(client: Client, options: ConsumeOptions): { stop(): Promise<void> } {
  const consumer = new Consumer<string, string, string, string>({
    ...client,
    groupId: options.groupId,
    deserializers: stringDeserializers,
    sessionTimeout: 10_000,
    heartbeatInterval: 2_000,
    rebalanceTimeout: 30_000,
    maxWaitTime: 500,
    minBytes: 1,
    maxBytesPerPartition: 1_048_576,
    autocommit: false,
  });
  let stream: MessagesStream<string, string, string, string> | undefined;
  const starting = consumer
    .consume({ topics: options.topics, mode: 'committed', fallbackMode: 'earliest' })
    .then((started) => {
      stream = started;
      pump(consumer, started, options);
    });
  return {
    async stop() {
      await starting;
      await stream?.close();
      await consumer.close(true);
    },
  };
}

/** Groups the stream's messages by partition and passes each group to `onBatch`, one batch at a time. */
function pump(
  consumer: Consumer<string, string, string, string>,
  stream: MessagesStream<string, string, string, string>,
  options: ConsumeOptions,
): void {
  const queues = new Map<string, TextMessage[]>();
  const busy = new Set<string>();
  let waiting = 0;
  const work = async (name: string, queue: TextMessage[]) => {
    if (busy.has(name) || busy.size >= options.concurrency) return;
    busy.add(name);
    // Messages that arrive in the same turn form one batch.
    await nextTurn();
    const messages = queue.splice(0, maxBatch);
    waiting -= messages.length;
    const last = messages.at(-1);
    if (last) {
      await options.onBatch({
        ...{ topic: last.topic, partition: last.partition, messages: messages.map(incoming) },
        heartbeat: async () => undefined,
        done: async () => undefined,
        isActive: () => !stream.closed,
      });
      const { topic, partition, offset, leaderEpoch } = last;
      await consumer.commit({ offsets: [{ topic, partition, offset: offset + 1n, leaderEpoch }] });
    }
    if (waiting < maxWaiting) stream.resume();
    busy.delete(name);
    for (const [other, rest] of queues) if (rest.length > 0) void work(other, rest);
  };
  stream.on('error', () => undefined);
  stream.on('data', (message) => {
    const name = `${message.topic}:${message.partition}`;
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    queue.push(message);
    waiting += 1;
    if (waiting >= maxWaiting) stream.pause();
    void work(name, queue);
  });
}

function incoming({ topic, partition, offset, key, value, headers, timestamp }: TextMessage): Incoming {
  return {
    ...{ topic, partition, offset: String(offset), key, value },
    headers: Object.fromEntries(headers),
    timestampMs: Number(timestamp),
  };
}
