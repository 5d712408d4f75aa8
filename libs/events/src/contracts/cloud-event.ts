import { context, propagation } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { dataSchemaOf, publisherOf } from './define-event.ts';
import { type EventData, type EventType, findContract } from './event-contracts.ts';

/** A CloudEvent of the given type or types, by default of any type (narrow it by `event.type`). */
export type CloudEvent<T extends EventType = EventType> = T extends EventType ? CloudEventOf<T> : never;

/** CloudEvents 1.0 in structured JSON mode, as stored in Kafka. */
interface CloudEventOf<T extends EventType> {
  specversion: '1.0';
  /** UUIDv7; the same on every delivery. */
  id: string;
  /** The service that published: `/services/auth`. */
  source: string;
  type: T;
  /** Aggregate id, equal to the Kafka key. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  /** `urn:lms:event:<type>:<version>` */
  dataschema: string;
  /** W3C trace context of the change that caused the event (CloudEvents extension). */
  traceparent?: string;
  data: EventData<T>;
}

const envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

/** Maximum size of an event; the relay keeps batches below Kafka's default limit of 1 MiB. */
const maxPayloadBytes = 256 * 1024;

/**
 * Creates an event from its data.
 * @throws Error that names the field if the data does not match the contract, which is a bug in the caller.
 */
export function createEvent<T extends EventType>(
  type: T,
  data: EventData<T>,
): { topic: string; key: string; id: string; payload: string } {
  const contract = findContract(type);
  if (!contract) throw new Error(`no contract for event ${type}`);
  const parsed = contract.data.safeParse(data);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new Error(`event ${type} does not match its contract: ${fields}`);
  }
  const key = contract.key(parsed.data);
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  const event = {
    specversion: '1.0',
    id: uuidv7(),
    source: `/services/${publisherOf(contract.topic)}`,
    type,
    subject: key,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(contract),
    ...(carrier.traceparent ? { traceparent: carrier.traceparent } : {}),
    data: parsed.data,
  };
  const payload = JSON.stringify(event);
  if (Buffer.byteLength(payload) > maxPayloadBytes)
    throw new Error(`event ${type} is larger than ${maxPayloadBytes} bytes`);
  return { topic: contract.topic, key, id: event.id, payload };
}

export type ParsedMessage =
  | { kind: 'event'; event: CloudEvent }
  /** An event of a type that the reader does not want, or that this build does not know. */
  | { kind: 'not_wanted'; type: string }
  /** No process of this build can handle it. */
  | { kind: 'poison'; cause: string; type?: string };

/**
 * Reads a Kafka message; `wants` avoids validating events that the reader skips. Causes name fields, never
 * values.
 */
export function parseMessage(
  value: string | null,
  wants: (type: string) => boolean = (type) => findContract(type) !== undefined,
): ParsedMessage {
  if (value === null) return { kind: 'poison', cause: 'empty message' };
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return { kind: 'poison', cause: 'not JSON' };
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) return { kind: 'poison', cause: `not a CloudEvent: ${fieldsOf(outer.error)}` };
  const { type, dataschema } = outer.data;
  const contract = findContract(type);
  if (!contract || !wants(type)) return { kind: 'not_wanted', type };
  if (dataschema !== dataSchemaOf(contract)) {
    return { kind: 'poison', type, cause: `unknown version of ${type}` };
  }
  const data = contract.data.safeParse(outer.data.data);
  if (!data.success) return { kind: 'poison', type, cause: `invalid data: ${fieldsOf(data.error)}` };
  return { kind: 'event', event: { ...outer.data, data: data.data } as unknown as CloudEvent };
}

function fieldsOf(error: z.ZodError): string {
  return [...new Set(error.issues.map(({ path }) => path.join('.') || '(all)'))].join(', ').slice(0, 300);
}
