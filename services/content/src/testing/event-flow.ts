import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, topicName, topics } from '@lms/events';
import { createMetrics } from '@lms/runtime';
import { content } from '../service.ts';
import type { Harness } from './harness.ts';

/** The service's relay and consumers on real Kafka, and a producer that acts as the other services. */
export async function startEventFlow(harness: Harness) {
  await harness.ensureTopics();
  const { deps, log, config } = harness;
  const topicPrefix = config.KAFKA_TOPIC_PREFIX;
  const metrics = createMetrics({ service: content.name, nodeMetrics: false });
  const tasks = content.background(deps, { config, log, metrics }).filter(({ name }) => name !== 'jobs');
  const producer = deps.kafka.createProducer();
  await Promise.all(tasks.map((task) => task.start()));
  return {
    /** Publishes events as another service does; `key` is the aggregate's id. */
    async publish(service: keyof typeof topics, key: string, events: CloudEvent[]): Promise<void> {
      const topic = topicName(topicPrefix, topics[service]);
      await producer.send(events.map((event) => ({ topic, key, value: JSON.stringify(event) })));
    },
    async stop() {
      await producer.close();
      await Promise.all(tasks.map((task) => task.stop()));
    },
  };
}

/** Waits until `find` returns something, for 30 s at most. */
export async function eventually<T>(find: () => Promise<T | undefined | null | false>): Promise<T> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error(`nothing found within 30 s by: ${find}`);
    await sleep(50);
  }
}
