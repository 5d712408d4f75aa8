import type { SqlTransaction } from '../outbox/append-event.ts';

/** An event as it is parked: enough to handle it later, and to find it in Kafka. */
export interface ParkedEvent {
  eventId: string;
  topic: string;
  partition: number;
  offset: string;
  key: string;
  payload: string;
}

/**
 * Records events as taken by a consumer. A row of another transaction that is not committed yet is waited
 * for, so two members that briefly own one partition cannot both take an event.
 * @returns ids that were not taken before.
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

/** Which of these keys have parked events: what follows for them must wait behind. */
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

/** Parks an event behind those of its key. `attempts` counts the tries it has had. */
export async function parkEvent(
  tx: SqlTransaction,
  consumer: string,
  event: ParkedEvent,
  failure: { attempts: number; retryInMs: number; error: string | null },
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO parked_events (consumer, event_id, topic, partition, "offset", key, payload, attempts, next_attempt_at, last_error)
     VALUES ($1, $2::uuid, $3, $4::int, $5, $6, $7, $8::int, clock_timestamp() + $9::int * interval '1 millisecond', $10)
     ON CONFLICT DO NOTHING`,
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

export interface DueEvent extends ParkedEvent {
  seq: bigint;
  attempts: number;
}

/** Takes the first parked event of some key that is due, skipping keys that another process works on. */
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

/** Removes a parked event that was handled. */
export async function removeParked(tx: SqlTransaction, seq: bigint): Promise<void> {
  await tx.$executeRawUnsafe('DELETE FROM parked_events WHERE seq = $1::bigint', seq);
}

/** Puts a parked event off after another failure. */
export async function postponeParked(
  tx: SqlTransaction,
  seq: bigint,
  failure: { attempts: number; retryInMs: number; error: string },
): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE parked_events SET attempts = $2::int, last_error = $4,
       next_attempt_at = clock_timestamp() + $3::int * interval '1 millisecond' WHERE seq = $1::bigint`,
    seq,
    failure.attempts,
    failure.retryInMs,
    failure.error,
  );
}

/** Forgets that an event was taken, so that its replay from the dead-letter topic is handled. */
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
       SELECT consumer, event_id FROM inbox WHERE handled_at < now() - $1::int * interval '1 day' LIMIT 10000)`,
    olderThanDays,
  );
}

/** How many events are parked. */
export async function countParked(tx: SqlTransaction, consumer: string): Promise<number> {
  const [row] = await tx.$queryRawUnsafe<{ count: bigint }[]>(
    'SELECT count(*) AS count FROM parked_events WHERE consumer = $1',
    consumer,
  );
  return Number(row?.count ?? 0);
}
