import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from './contracts/define-event.ts';
import type { Kafka, KafkaAdmin, TopicReader } from './kafka/port.ts';
import { groupsOf, topicName } from './topics.ts';

/** A topic of this environment and those who read it. */
export interface TopicPartitions {
  topic: string;
  partitions: number;
  /** Partitions that hold events now: more than before a raise once the relay uses the new ones. */
  filled: number;
  readers: TopicReader[];
}

/** The partitions of every topic; of dead-letter topics, which have one, none are listed. */
export async function listPartitions(kafka: Kafka, topicPrefix: string): Promise<TopicPartitions[]> {
  return withAdmin(kafka, (admin) =>
    Promise.all(topicsOf(topicPrefix).map((topic) => describe(admin, { topic, topicPrefix }))),
  );
}

/**
 * Gives every topic `to` partitions, and waits until the members of every consumer group read them. It may be repeated,
 * also after it was interrupted, and while events are written: each relay keeps the keys in the partitions that they
 * are in, and spreads them over all partitions once every group has read what it had published before
 * (docs/adr/0002-outbox.md).
 * @param options.onChange is called with each topic that was raised, and with the groups that have not noticed yet.
 * @throws if a topic has more partitions already, before anything is changed; Kafka's error if the user may not.
 */
export async function raisePartitions(
  kafka: Kafka,
  options: {
    topicPrefix: string;
    to: number;
    onRaised?: (raised: { topic: string; from: number }) => void;
    onWaiting?: (waiting: { topic: string; readers: TopicReader[] }) => void;
    /** Ends the wait; the topics stay raised. */
    signal: AbortSignal;
  },
): Promise<void> {
  const { topicPrefix, to, signal } = options;
  const names = topicsOf(topicPrefix);
  await withAdmin(kafka, async (admin) => {
    const before = await admin.partitions(names);
    const higher = names.find((name) => (before.get(name) ?? 0) > to);
    if (higher)
      throw new PartitionsError(
        `${higher} has ${before.get(higher)} partitions; Kafka cannot take any away, so --to must be at least that.`,
      );
    for (const topic of names) {
      const from = before.get(topic) ?? 0;
      if (from === to) continue;
      await admin.raisePartitions([topic], to);
      options.onRaised?.({ topic, from });
    }
    for (const topic of names) {
      for (let told = ''; !signal.aborted; ) {
        const readers = (await describe(admin, { topic, topicPrefix })).readers;
        const waiting = readers.filter(({ assigned }) => assigned > 0 && assigned < to);
        if (waiting.length === 0) break;
        const text = JSON.stringify(waiting.map(({ groupId, assigned }) => [groupId, assigned]));
        if (text !== told) options.onWaiting?.({ topic, readers: waiting });
        told = text;
        await sleep(1_000, undefined, { signal }).catch(() => undefined);
      }
    }
  });
}

/** The number of partitions asked for is not possible. */
export class PartitionsError extends Error {}

function topicsOf(prefix: string): string[] {
  return Object.values(topics).map((topic) => topicName(prefix, topic));
}

async function describe(
  admin: KafkaAdmin,
  { topic, topicPrefix }: { topic: string; topicPrefix: string },
): Promise<TopicPartitions> {
  const offsets = await admin.offsets(topic);
  return {
    topic,
    partitions: offsets.length,
    filled: offsets.filter(({ low, high }) => high > low).length,
    readers: await admin.readers(topic, groupsOf(topicPrefix)),
  };
}

async function withAdmin<T>(kafka: Kafka, work: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
  const admin = kafka.createAdmin();
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
