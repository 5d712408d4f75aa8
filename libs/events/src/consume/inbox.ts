import type { PartitionedTable } from '@lms/postgres';
import type { SqlTransaction } from '../outbox/append-event.ts';
import { inboxRetentionDays } from '../topics.ts';

/**
 * The inbox has a partition per day of the event's id, which is dropped once no event of that day can be delivered any
 * more. An older event that arrives all the same is recorded in the DEFAULT partition.
 */
export const inboxPartitions: PartitionedTable = {
  table: 'inbox',
  key: { column: 'event_id', type: 'uuidv7' },
  every: 'day',
  ahead: 7,
  retention: { days: inboxRetentionDays, column: 'handled_at' },
};

/** A parked event: enough data to handle it later and to find it in Kafka. */
export interface ParkedEvent {
  eventId: string;
  topic: string;
  partition: number;
  offset: string;
  key: string;
  payload: string;
}

/**
 * Records events as taken by a consumer. It waits for uncommitted rows of other transactions, so two members that
 * briefly own one partition cannot both take an event.
 * @returns the ids that had not been taken before.
 */
export async function takeEvents(
  tx: SqlTransaction,
  consumer: string,
  eventIds: string[],
): Promise<Set<string>> {
  const rows = await tx.$queryRawUnsafe<{ event_id: string }[]>(
    `INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id
     ON CONFLICT DO NOTHING RETURNING event_id::text`,
    consumer,
    eventIds,
  );
  return new Set(rows.map((row) => row.event_id));
}

/** One row if the key has parked events, however many they are. */
const firstOfKey = `SELECT 1 FROM parked_events WHERE consumer = $1 AND parked_events.key = key.key LIMIT 1`;

/**
 * Takes events as `takeEvents` does, and finds which of their keys have parked events, in one round trip.
 * The statement sees `parked_events` as it was when it started. That is too early only if it waited for
 * another member that took, and perhaps parked, one of these events; then that event is not fresh, and the
 * keys are looked up again. If all are fresh, the events before them in the partition were finished,
 * parked or not, before these were delivered.
 */
export async function takeInOrder(
  tx: SqlTransaction,
  consumer: string,
  events: { id: string; key: string }[],
): Promise<{ fresh: Set<string>; waiting: Set<string> }> {
  const ids = [...new Set(events.map(({ id }) => id))];
  const keys = [...new Set(events.map(({ key }) => key))];
  const rows = await tx.$queryRawUnsafe<{ fresh: boolean; value: string }[]>(
    `WITH taken AS (
       INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id
       ON CONFLICT DO NOTHING RETURNING event_id::text)
     SELECT true AS fresh, event_id AS value FROM taken
     UNION ALL
     SELECT false, key.key FROM unnest($3::text[]) AS key (key), LATERAL (${firstOfKey}) AS parked`,
    consumer,
    ids,
    keys,
  );
  const fresh = new Set(rows.filter((row) => row.fresh).map(({ value }) => value));
  if (fresh.size === ids.length)
    return { fresh, waiting: new Set(rows.filter((row) => !row.fresh).map(({ value }) => value)) };
  return { fresh, waiting: await findParkedKeys(tx, consumer, keys) };
}

/** The keys that have parked events: later events of these keys must wait. */
export async function findParkedKeys(
  tx: SqlTransaction,
  consumer: string,
  keys: string[],
): Promise<Set<string>> {
  const rows = await tx.$queryRawUnsafe<{ key: string }[]>(
    `SELECT key.key FROM unnest($2::text[]) AS key (key), LATERAL (${firstOfKey}) AS parked`,
    consumer,
    keys,
  );
  return new Set(rows.map((row) => row.key));
}

/** Parks an event that failed `attempts` times. */
export async function parkEvent(
  tx: SqlTransaction,
  consumer: string,
  event: ParkedEvent,
  failure: { attempts: number; retryInMs: number; error: string },
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO parked_events (consumer, event_id, topic, partition, "offset", key, payload, attempts, next_attempt_at, last_error)
     VALUES ($1, $2::uuid, $3, $4::int, $5, $6, $7, $8::int, clock_timestamp() + $9::int * interval '1 millisecond', $10)`,
    consumer,
    event.eventId,
    event.topic,
    event.partition,
    event.offset,
    event.key,
    event.payload,
    failure.attempts,
    failure.retryInMs,
    failure.error,
  );
}

/** Parks events behind an earlier one of their key, in the order given. */
export async function parkEvents(tx: SqlTransaction, consumer: string, events: ParkedEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.$executeRawUnsafe(
    `INSERT INTO parked_events (consumer, event_id, topic, partition, "offset", key, payload)
     SELECT $1, event_id, topic, partition, "offset", key, payload
     FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[])
       WITH ORDINALITY AS event (event_id, topic, partition, "offset", key, payload, place)
     ORDER BY place`,
    consumer,
    events.map(({ eventId }) => eventId),
    events.map(({ topic }) => topic),
    events.map(({ partition }) => partition),
    events.map(({ offset }) => offset),
    events.map(({ key }) => key),
    events.map(({ payload }) => payload),
  );
}

/** Deletes the record that an event was taken, so that its replay from the dead-letter topic is handled. */
export async function forgetEvent(tx: SqlTransaction, consumer: string, eventId: string): Promise<void> {
  await tx.$executeRawUnsafe(
    'DELETE FROM inbox WHERE consumer = $1 AND event_id = $2::uuid',
    consumer,
    eventId,
  );
}
