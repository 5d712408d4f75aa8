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

/**
 * Appends an event to the service's outbox in this transaction: it is published if and only if the
 * transaction commits. Events of one key are published in the order of their commits: a lock per key is
 * held from here to the commit, and taken before the sequence number is drawn. So append last, and append
 * several events in a stable order of keys, or two transactions may deadlock (PostgreSQL then aborts one).
 *
 * The connection's search path determines the table, and the commit wakes that schema's relay, unless it is awake
 * (`lockAwake`). The event
 * carries the context of a new producer span, so the spans of its consumers belong to the same trace.
 * @returns the event's id.
 * @throws Error that names the field if the data does not match the event's contract.
 */
export async function appendEvent<T extends EventType>(
  tx: SqlTransaction,
  event: { type: T; data: EventData<T> },
): Promise<string> {
  const span = tracer.startSpan(`create ${event.type}`, {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'create',
      'cloudevents.event_type': event.type,
    },
  });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => insertEvent(tx, event));
  } finally {
    span.end();
  }
}

async function insertEvent<T extends EventType>(
  tx: SqlTransaction,
  event: { type: T; data: EventData<T> },
): Promise<string> {
  const { id, topic, key, payload } = createEvent(event.type, event.data);
  const attributes = { 'cloudevents.event_id': id, 'messaging.destination.name': topic };
  trace.getActiveSpan()?.setAttributes(attributes);
  await tx.$executeRawUnsafe(
    `WITH ordered AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($5, 0))),
          woken AS MATERIALIZED (
            SELECT CASE WHEN pg_try_advisory_xact_lock_shared(hashtextextended('lms:relay-awake:' || current_schema(), 0))
                     THEN pg_notify('outbox_' || current_schema(), '') END FROM ordered)
     INSERT INTO outbox (event_id, topic, key, payload)
     SELECT $1::uuid, $2, $3, $4 FROM woken`,
    id,
    topic,
    key,
    payload,
    `outbox:${topic}:${key}`,
  );
  return id;
}
