import type { CloudEvent, EventData, EventHandler, EventType } from '@lms/events';
import { v7 as uuidv7 } from 'uuid';
import type { Deps, Tx } from '../deps.ts';
import type { Harness } from './harness.ts';

/** An event as it arrives from Kafka. */
export function eventOf<T extends EventType>(type: T, data: EventData<T>): CloudEvent<T> {
  return {
    specversion: '1.0',
    id: uuidv7(),
    source: '/services/test',
    type,
    subject: 'test',
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lms:event:${type}:1`,
    data,
  } as unknown as CloudEvent<T>;
}

/** Runs a handler in a transaction of its own, as the consumer does. */
export function handle<T extends EventType>(
  { deps, log }: Harness,
  handler: EventHandler<T, Tx, Deps>,
  event: CloudEvent<T>,
): Promise<void> {
  return deps.prisma.$transaction((tx) => handler(event, { tx, deps, log }));
}
