import type { Logger } from '@lms/runtime';
import { type Topic, topics } from './contracts/define-event.ts';
import type { Kafka, TopicSpec } from './kafka/port.ts';
import type { KafkaConfig } from './kafka/variables.ts';

const dayMs = 86_400_000;
/** Largest batch of one partition that the brokers accept; Kafka's own default. */
const maxBatchBytes = 1_048_588;
/** How long events stay in their topics. */
export const eventRetentionDays = 7;
/** How long dead letters stay. */
export const deadLetterRetentionDays = 30;
/**
 * How long a consumer keeps the ids of handled events, from the end of the day on which the event was made: longer than it
 * can be delivered or, as a dead letter, replayed. Three days cover an event that waits in the outbox.
 */
export const inboxRetentionDays = eventRetentionDays + deadLetterRetentionDays + 3;

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

/** The consumer groups of this environment: those of its services by name, and the prefix of any others. */
export function groupsOf(prefix: string): { names: string[]; prefix: string } {
  return {
    names: Object.keys(topics).map((service) => groupName(prefix, service)),
    prefix: groupName(prefix, ''),
  };
}

/**
 * Creates every topic and its dead-letter topic with the given partitions and retention. It may run repeatedly and
 * concurrently. Existing topics are not changed; a different number of partitions is only logged (`raisePartitions`).
 * @returns the names of the created topics.
 */
export async function ensureTopics({
  kafka,
  config,
  log,
}: {
  kafka: Kafka;
  config: KafkaConfig;
  log: Logger;
}): Promise<string[]> {
  const admin = kafka.createAdmin();
  try {
    const specs = topicSpecs(config);
    const created = await admin.ensureTopics(specs);
    if (created.length > 0) log.info({ created }, 'topics created');
    const existing = specs.filter(({ name }) => !created.includes(name));
    const found = await admin.partitions(existing.map(({ name }) => name));
    for (const { name, partitions } of existing) {
      if (found.get(name) === partitions) continue;
      const facts = { topic: name, partitions: found.get(name), stated: partitions };
      log.warn(facts, 'a topic has a different number of partitions than configured');
    }
    return created;
  } finally {
    await admin.close();
  }
}

function topicSpecs(config: KafkaConfig): TopicSpec[] {
  const specOf = (name: string, partitions: number, retentionDays: number): TopicSpec => ({
    name,
    partitions,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    config: {
      'retention.ms': String(retentionDays * dayMs),
      'cleanup.policy': 'delete',
      'max.message.bytes': String(maxBatchBytes),
      'min.insync.replicas': String(Math.max(1, config.KAFKA_REPLICATION_FACTOR - 1)),
    },
  });
  return Object.values(topics).flatMap((topic) => {
    const name = topicName(config.KAFKA_TOPIC_PREFIX, topic);
    return [
      specOf(name, config.KAFKA_PARTITIONS, eventRetentionDays),
      specOf(deadLetterTopic(name), 1, deadLetterRetentionDays),
    ];
  });
}
