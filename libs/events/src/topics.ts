import { type Topic, topics } from './contracts/define-event.ts';
import type { KafkaAdmin } from './kafka/port.ts';
import type { KafkaConfig } from './kafka/variables.ts';

const dayMs = 86_400_000;
/** How long events stay in their topics. */
export const eventRetentionDays = 7;
/** How long dead letters stay. */
export const deadLetterRetentionDays = 30;
/** How long a consumer remembers what it handled: longer than anything can be delivered or replayed. */
export const inboxRetentionDays = 35;

/** Name of a topic in this environment. */
export function topicName(prefix: string, topic: Topic): string {
  return `${prefix}${topic}`;
}

/** Name of the dead-letter topic of a topic. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Consumer group of a service in this environment. */
export function groupName(prefix: string, service: string): string {
  return `${prefix}lms.${service}`;
}

/**
 * Creates every topic and its dead-letter topic with stated partitions and retention. Safe to run many
 * times; existing topics are left alone, because adding partitions would break the order per key.
 */
export async function ensureTopics(admin: KafkaAdmin, config: KafkaConfig): Promise<string[]> {
  const names = Object.values(topics).map((topic) => topicName(config.KAFKA_TOPIC_PREFIX, topic));
  const specOf = (name: string, partitions: number, retentionDays: number) => ({
    name,
    partitions,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    config: {
      'retention.ms': String(retentionDays * dayMs),
      'cleanup.policy': 'delete',
      'min.insync.replicas': String(Math.max(1, config.KAFKA_REPLICATION_FACTOR - 1)),
    },
  });
  return admin.ensureTopics(
    names.flatMap((name) => [
      specOf(name, config.KAFKA_PARTITIONS, eventRetentionDays),
      specOf(deadLetterTopic(name), 1, deadLetterRetentionDays),
    ]),
  );
}
