import { type ICustomPartitioner, type Kafka as KafkaJs, Partitioners, type Producer } from 'kafkajs';
import type { KafkaProducer, OutgoingMessage } from '../port.ts';

/** Longest wait for the answer to `ping`. */
const pingTimeoutMs = 1_000;

/** What is used of a kafkajs cluster, the connections of one client. */
interface Cluster {
  brokerPool: { findConnectedBroker(): Promise<{ apiVersions(): Promise<unknown> }> };
}
type CreateCluster = (options: object) => Cluster;

/**
 * An idempotent producer with one request in flight. After a failed send the client is discarded and recreated,
 * because its sequence numbers may no longer match the broker's. A retry by the caller may then publish a
 * duplicate, which the inbox of each consumer drops.
 */
export function createProducer(client: KafkaJs, requestTimeoutMs: number): KafkaProducer {
  const connect = async () => {
    const { producer, cluster } = createWithCluster(client);
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return { producer, cluster };
  };
  let current: ReturnType<typeof connect> | undefined;
  let asking: Promise<unknown> | undefined;

  const ask = async () => {
    current ??= connect();
    const attempt = current;
    const { cluster } = await attempt.catch((error: unknown) => {
      if (current === attempt) current = undefined;
      throw error;
    });
    // On the producer's own connections, which are opened again if they were lost.
    const broker = await cluster.brokerPool.findConnectedBroker();
    await broker.apiVersions();
  };

  return {
    async send(messages) {
      current ??= connect();
      const attempt = current;
      try {
        const { producer } = await attempt;
        const topicMessages = Map.groupBy(messages, ({ topic }) => topic);
        await producer.sendBatch({
          topicMessages: [...topicMessages].map(([topic, list]) => ({
            topic,
            messages: list.map(({ topic: _topic, ...message }) => message),
          })),
          acks: -1,
          timeout: requestTimeoutMs,
        });
      } catch (error) {
        if (current === attempt) current = undefined;
        attempt.then(({ producer }) => producer.disconnect()).catch(() => undefined);
        throw error;
      }
    },
    async ping() {
      // A broker that hangs is asked once, however often a health check comes by.
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await within(pingTimeoutMs, asking);
    },
    async close() {
      await current?.then(({ producer }) => producer.disconnect()).catch(() => undefined);
    },
  };
}

/**
 * Chooses among the first `partitions` of a message. While the client's metadata has fewer, it throws, because kafkajs
 * drops messages to partitions that it does not know; the next attempt, by a new client, has new metadata.
 */
const createPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (choice) => {
    const { partitions } = choice.message as Partial<OutgoingMessage>;
    if (partitions === undefined) return choose(choice);
    const known = choice.partitionMetadata.length;
    if (known < partitions) throw new Error(`${choice.topic} has ${known} of ${partitions} partitions here`);
    return choose({ ...choice, partitionMetadata: choice.partitionMetadata.slice(0, partitions) });
  };
};

/** A producer, and its connections: kafkajs has no way to ask whether a producer's broker answers. */
function createWithCluster(client: KafkaJs): { producer: Producer; cluster: Cluster } {
  const factory = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (!factory) throw new Error('kafkajs has changed: it no longer creates its clusters as 2.2.4 does');
  const clients = client as unknown as Record<symbol, CreateCluster>;
  const create = clients[factory] as CreateCluster;
  let cluster: Cluster | undefined;
  clients[factory] = (options) => {
    cluster = create(options);
    return cluster;
  };
  try {
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner,
    });
    return { producer, cluster: cluster as unknown as Cluster };
  } finally {
    clients[factory] = create;
  }
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Kafka within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
