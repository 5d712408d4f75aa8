import { context, SpanKind, trace } from '@opentelemetry/api';
import { createEvent } from '../contracts/cloud-event.ts';
import type { EventData, EventType } from '../contracts/event-contracts.ts';

const tracer = trace.getTracer('@lms/events');

/** The part of a Prisma transaction that events need. */
export interface SqlTransaction {
  $queryRawUnsafe<T = unknown>(sql: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
}

/** Channel that wakes the relay of a schema. */
export const outboxChannel = (schema: string) => `outbox_${schema}`;

/** With the schema, the name of the lock under which a relay looks by itself (`lockAwake`). */
export const awakeLockPrefix = 'lms:relay-awake:';

/**
 * Appends an event to the service's outbox in this transaction: it is published if and only if the
 * transaction commits. Events of one key are published in the order of their commits: a lock per key is
 * held from here to the commit, and taken before the sequence number is drawn. So append last, and append
 * several events in a stable order of keys, or two transactions may deadlock (PostgreSQL then aborts one).
 *
 * The connection's search path determines the table, and the commit wakes that schema's relay, unless it is awake
 * (`lockAwake`). The event carries the context of a new producer span, so the spans of its consumers belong to the
 * same trace.
 * @returns the event's id.
 * @throws Error that names the field if the data does not match the event's contract.
 */
export async function appendEvent<T extends EventType>(
  tx: SqlTransaction,
  event: NewEvent<T>,
): Promise<string> {
  return appendEventWith(event, async ({ id, topic, key, payload }) => {
    await tx.$executeRawUnsafe(appendStatement, id, topic, key, payload);
    return id;
  });
}

export interface NewEvent<T extends EventType> {
  type: T;
  data: EventData<T>;
}

/** An event that is ready for the outbox. */
export interface OutboxEvent {
  id: string;
  topic: string;
  key: string;
  /** JSON text. */
  payload: string;
}

/**
 * For paths where each round trip counts: like `appendEvent`, but `append` stores the event, with a statement of its
 * own that contains `appendingFrom`.
 * @throws Error that names the field if the data does not match the event's contract; what `append` throws.
 */
export async function appendEventWith<T extends EventType, R>(
  { type, data }: NewEvent<T>,
  append: (event: OutboxEvent) => Promise<R>,
): Promise<R> {
  const span = tracer.startSpan(`create ${type}`, {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'create',
      'cloudevents.event_type': type,
    },
  });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => {
      const event = createEvent(type, data);
      span.setAttributes({ 'cloudevents.event_id': event.id, 'messaging.destination.name': event.topic });
      return append(event);
    });
  } finally {
    span.end();
  }
}

/**
 * Common table expressions that append the events of `source`, a relation with the columns `event_id uuid`, `topic`,
 * `key` and `payload`, for a statement that does more. Name `source` and its columns in SQL, never from input. As with
 * `appendEvent`, nothing of the transaction should come after it.
 */
export const appendingFrom = (source: string) => `
  ordered AS MATERIALIZED (
    SELECT event_id, topic, key, payload, pg_advisory_xact_lock(hashtextextended('outbox:' || topic || ':' || key, 0))
    FROM ${source}),
  woken AS MATERIALIZED (
    SELECT event_id, topic, key, payload,
      CASE WHEN pg_try_advisory_xact_lock_shared(hashtextextended('${awakeLockPrefix}' || current_schema(), 0))
        THEN pg_notify('outbox_' || current_schema(), '') END
    FROM ordered),
  appended AS (INSERT INTO outbox (event_id, topic, key, payload) SELECT event_id, topic, key, payload FROM woken)`;

const appendStatement = `WITH event AS (SELECT $1::uuid AS event_id, $2::text AS topic, $3::text AS key, $4::text AS payload),
  ${appendingFrom('event')}
  SELECT 1 AS appended`;
