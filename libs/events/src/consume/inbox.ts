import type { SqlTransaction } from '../outbox/append-event.ts';

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
     SELECT DISTINCT false, key FROM parked_events WHERE consumer = $1 AND key = ANY($3::text[])`,
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
    'SELECT DISTINCT key FROM parked_events WHERE consumer = $1 AND key = ANY($2::text[])',
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

export interface DueEvent extends ParkedEvent {
  seq: bigint;
  attempts: number;
}

/** Takes the first due parked event of a key, skipping keys that another process is working on. */
export async function lockDueEvent(tx: SqlTransaction, consumer: string): Promise<DueEvent | undefined> {
  const [row] = await tx.$queryRawUnsafe<DueEvent[]>(
    `SELECT seq, event_id::text AS "eventId", topic, partition, "offset", key, payload, attempts
     FROM parked_events AS head
     WHERE consumer = $1 AND next_attempt_at <= clock_timestamp()
       AND NOT EXISTS (
         SELECT 1 FROM parked_events AS earlier
         WHERE earlier.consumer = head.consumer AND earlier.key = head.key AND earlier.seq < head.seq)
     ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    consumer,
  );
  return row;
}

/** Removes a parked event. Returns false if another process has already removed it. */
export async function removeParked(tx: SqlTransaction, seq: bigint): Promise<boolean> {
  return (await tx.$executeRawUnsafe('DELETE FROM parked_events WHERE seq = $1::bigint', seq)) > 0;
}

/** Postpones a parked event after another failure, unless another process has tried it in the meantime. */
export async function postponeParked(
  tx: SqlTransaction,
  event: DueEvent,
  failure: { retryInMs: number; error: string },
): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE parked_events SET attempts = attempts + 1, last_error = $4,
       next_attempt_at = clock_timestamp() + $3::int * interval '1 millisecond'
     WHERE seq = $1::bigint AND attempts = $2::int`,
    event.seq,
    event.attempts,
    failure.retryInMs,
    failure.error,
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

/** Deletes at most 10,000 inbox rows that are older than anything that can still be delivered. */
export async function cleanInbox(tx: SqlTransaction, olderThanDays: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM inbox WHERE (consumer, event_id) IN (
       SELECT consumer, event_id FROM inbox WHERE handled_at < now() - $1::int * interval '1 day'
       LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    olderThanDays,
  );
}

/** Number of parked events. */
export async function countParked(tx: SqlTransaction, consumer: string): Promise<number> {
  const [row] = await tx.$queryRawUnsafe<{ count: bigint }[]>(
    'SELECT count(*) AS count FROM parked_events WHERE consumer = $1',
    consumer,
  );
  return Number(row?.count ?? 0);
}
