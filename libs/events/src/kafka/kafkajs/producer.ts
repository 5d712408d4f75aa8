import { type Kafka as KafkaJs, Partitioners } from 'kafkajs';
import type { KafkaProducer } from '../port.ts';

/**
 * An idempotent producer with one request in flight. After a failed send the client is discarded and recreated,
 * because its sequence numbers may no longer match the broker's. A retry by the caller may then publish a
 * duplicate, which the inbox of each consumer drops.
 */
export function createProducer(client: KafkaJs, requestTimeoutMs: number): KafkaProducer {
  const connect = async () => {
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return producer;
  };
  let current: ReturnType<typeof connect> | undefined;

  return {
    async send(messages) {
      current ??= connect();
      const attempt = current;
      try {
        const producer = await attempt;
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
        attempt.then((producer) => producer.disconnect()).catch(() => undefined);
        throw error;
      }
    },
    async close() {
      await current?.then((producer) => producer.disconnect()).catch(() => undefined);
    },
  };
}
