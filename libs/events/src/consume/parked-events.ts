import type { SqlTransaction } from '../outbox/append-event.ts';
import type { ParkedEvent } from './inbox.ts';

/** A parked event as it is retried. */
export interface DueEvent extends ParkedEvent {
  seq: string;
  attempts: number;
}

/** The first parked event of a key. */
export interface Head {
  key: string;
  seq: string;
  isDue: boolean;
}

/**
 * The first events of the next keys after `afterKey`, by key. It looks up each key once, however many events wait
 * behind its first one.
 */
export async function listHeads(
  tx: SqlTransaction,
  consumer: string,
  { afterKey, limit }: { afterKey: string; limit: number },
): Promise<Head[]> {
  return tx.$queryRawUnsafe<Head[]>(
    `WITH RECURSIVE heads AS (
       (SELECT key, seq, next_attempt_at FROM parked_events
        WHERE consumer = $1 AND key > $2 ORDER BY key, seq LIMIT 1)
       UNION ALL
       SELECT next.* FROM heads, LATERAL (
         SELECT key, seq, next_attempt_at FROM parked_events
         WHERE consumer = $1 AND key > heads.key ORDER BY key, seq LIMIT 1) AS next)
     SELECT key, seq::text AS seq, next_attempt_at <= clock_timestamp() AS "isDue" FROM heads LIMIT $3::int`,
    consumer,
    afterKey,
    limit,
  );
}

const columns = `event.seq::text AS seq, event.event_id::text AS "eventId", event.topic, event.partition,
  event."offset", event.key, event.payload, event.attempts`;

/**
 * Locks first events of keys that are due still, without those that another process works on or has dealt with. While
 * a first event is locked, nobody else touches the events behind it.
 */
export async function lockDue(tx: SqlTransaction, seqs: string[]): Promise<DueEvent[]> {
  return tx.$queryRawUnsafe<DueEvent[]>(
    `SELECT ${columns} FROM parked_events AS event
     WHERE event.seq = ANY($1::bigint[]) AND event.next_attempt_at <= clock_timestamp()
     ORDER BY event.seq FOR UPDATE SKIP LOCKED`,
    seqs,
  );
}

/** Events that wait behind first ones which the transaction has locked: the next `perKey` of each key, in order. */
export async function listBehind(
  tx: SqlTransaction,
  consumer: string,
  { heads, perKey }: { heads: DueEvent[]; perKey: number },
): Promise<DueEvent[]> {
  return tx.$queryRawUnsafe<DueEvent[]>(
    `SELECT ${columns} FROM unnest($2::text[], $3::bigint[]) AS head (key, seq), LATERAL (
       SELECT * FROM parked_events
       WHERE consumer = $1 AND parked_events.key = head.key AND parked_events.seq > head.seq
       ORDER BY parked_events.seq LIMIT $4::int) AS event
     ORDER BY event.seq`,
    consumer,
    heads.map(({ key }) => key),
    heads.map(({ seq }) => seq),
    perKey,
  );
}

/** Removes parked events. Returns how many were still there. */
export async function removeParked(tx: SqlTransaction, seqs: string[]): Promise<number> {
  return tx.$executeRawUnsafe('DELETE FROM parked_events WHERE seq = ANY($1::bigint[])', seqs);
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

/** Counting stops here: a larger number would add no information and take longer. */
const maxCounted = 100_000;

/** Number of parked events, at most 100,000. */
export async function countParked(tx: SqlTransaction, consumer: string): Promise<number> {
  const [row] = await tx.$queryRawUnsafe<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM (SELECT 1 FROM parked_events WHERE consumer = $1 LIMIT ${maxCounted}) AS waiting`,
    consumer,
  );
  return row?.count ?? 0;
}
