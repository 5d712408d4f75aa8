import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lms/runtime';
import type pg from 'pg';
import { causeOf } from '../consume/failures.ts';
import type { Kafka, KafkaAdmin } from '../kafka/port.ts';
import { groupsOf } from '../topics.ts';
import { withKeepAlive } from './relay-connection.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/** Longest pause of publishing while consumers read what is left, in ms; then they get more time first. */
const pauseMs = 5_000;
const askEveryMs = 200;
/** With more waiting messages than this, consumers could not finish within a pause. */
const nearlyDone = 5_000;

/**
 * How many partitions of a topic keys are spread over. It is kept in the database, and stays the same when Kafka gives
 * the topic more partitions: otherwise the next events of a key would go to another partition, and be handled before
 * those that wait in the old one.
 */
export interface PartitionsInUse {
  /** The number for a topic by its full name; asks Kafka the first time. */
  of(topic: string): Promise<number>;
  /** Takes partitions into use that topics have got. Call it every now and then, with nothing in flight. */
  followKafka(): Promise<void>;
  close(): Promise<void>;
}

/**
 * New partitions are taken into use at a moment when nothing is on its way: this relay, the only one, publishes
 * nothing, and every group of the platform has committed all there is, and reads the new partitions too. From then on each key has one partition again.
 * Events that wait in a consumer's database (`parked_events`) wait under their key, whatever its partition is. A relay
 * that froze with a batch in hand, and sends it after another one took over, sends the same events in the same order as
 * that other one: whichever copy arrives first, no event overtakes an earlier one of its key.
 */
export function createPartitionsInUse(options: {
  client: pg.Client;
  kafka: Kafka;
  topicPrefix: string;
  log: Logger;
  measure: RelayMetrics;
  stopping: AbortSignal;
  /** Time without a further attempt after a pause in which the consumers did not finish, in ms. */
  restMs: number;
}): PartitionsInUse {
  const { client, log, measure, stopping } = options;
  const admin = options.kafka.createAdmin();
  const inUse = new Map<string, number>();
  let restUntil = 0;
  const set = (topic: string, partitions: number) => {
    inUse.set(topic, partitions);
    measure.partitions.set({ topic }, partitions);
  };
  const take = async (topic: string, partitions: number) => {
    await store(client, topic, partitions);
    set(topic, partitions);
    log.info({ topic, partitions }, 'the relay uses all partitions of the topic');
  };

  const follow = async (topic: string, used: number): Promise<void> => {
    const existing = await partitionsOf(admin, topic);
    if (existing === used) return;
    // The topic was deleted and created again: nothing of the old one is left to be overtaken.
    if (existing < used) return take(topic, existing);
    const deadline = Date.now() + pauseMs;
    for (;;) {
      const readers = await admin.readers(topic, groupsOf(options.topicPrefix));
      // Until its members read the new partitions, events there would wait.
      const unaware = readers.filter(({ assigned }) => assigned > 0 && assigned < existing);
      const behind = readers.filter(({ lag }) => lag > 0);
      if (unaware.length === 0 && behind.length === 0) return take(topic, existing);
      const isTooLong = Date.now() > deadline;
      if (unaware.length > 0 || behind.some(({ lag }) => lag > nearlyDone) || isTooLong) {
        if (isTooLong) restUntil = Date.now() + options.restMs;
        const waitsFor = [...new Set([...unaware, ...behind])].map(
          ({ groupId, lag }) => `${groupId}: ${lag}`,
        );
        log.warn(
          { topic, used, existing, waitsFor },
          'the topic has more partitions, which are used once every group has read what was published before',
        );
        return;
      }
      await sleep(askEveryMs, undefined, { signal: stopping });
    }
  };

  const followOne = (topic: string, used: number) =>
    withKeepAlive(client, () => follow(topic, used)).catch((error: unknown) => {
      // Publishing goes on as it is, and reports what is down.
      log.warn({ topic, cause: causeOf(error) }, 'the partitions of the topic could not be looked up');
    });

  return {
    async of(topic) {
      const known = inUse.get(topic);
      if (known !== undefined) return known;
      const stored = await findStored(client, topic);
      const partitions = stored ?? (await withKeepAlive(client, () => partitionsOf(admin, topic)));
      if (stored === undefined) await store(client, topic, partitions);
      set(topic, partitions);
      if (stored !== undefined) await followOne(topic, stored);
      return inUse.get(topic) ?? partitions;
    },
    async followKafka() {
      if (Date.now() < restUntil) return;
      for (const [topic, used] of inUse) await followOne(topic, used);
    },
    close: () => admin.close(),
  };
}

async function partitionsOf(admin: KafkaAdmin, topic: string): Promise<number> {
  const found = (await admin.partitions([topic])).get(topic);
  if (!found) throw new Error(`there is no topic ${topic}`);
  return found;
}

async function findStored(client: pg.Client, topic: string): Promise<number | undefined> {
  const { rows } = await client.query<{ partitions: number }>(
    'SELECT partitions FROM outbox_topics WHERE topic = $1',
    [topic],
  );
  return rows[0]?.partitions;
}

async function store(client: pg.Client, topic: string, partitions: number): Promise<void> {
  await client.query(
    `INSERT INTO outbox_topics (topic, partitions) VALUES ($1, $2)
     ON CONFLICT (topic) DO UPDATE SET partitions = EXCLUDED.partitions`,
    [topic, partitions],
  );
}
