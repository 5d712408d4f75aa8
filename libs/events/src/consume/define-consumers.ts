import type { Logger } from '@lms/runtime';
import type { CloudEvent } from '../contracts/cloud-event.ts';
import type { EventType } from '../contracts/event-contracts.ts';

/** A handler's context: the transaction of its effect, and the service's dependencies. */
export interface HandlerContext<Tx, Deps> {
  tx: Tx;
  deps: Deps;
  log: Logger;
}

/**
 * Handles one event. Its effect goes through `tx`, which also records that the event was handled: both
 * commit or neither does. Keep it short, and make calls to other systems (HTTP, mail) in a job enqueued in `tx`.
 * If it throws, the event is retried, then parked, then dead-lettered.
 */
export type EventHandler<T extends EventType, Tx, Deps> = (
  event: CloudEvent<T>,
  context: HandlerContext<Tx, Deps>,
) => Promise<void>;

/**
 * Handles neighbouring events of its types together, in order and at most 200 at once, for projections
 * that must keep up: one statement handles many events. An event that fails is found by halving.
 */
export interface BatchHandler<T extends EventType, Tx, Deps> {
  types: readonly T[];
  handleBatch(events: CloudEvent<T>[], context: HandlerContext<Tx, Deps>): Promise<void>;
}

/** Handles events of a type: several in one call, or one. */
export interface HandlerUnit<Tx, Deps> {
  batch: boolean;
  handle(events: CloudEvent[], context: HandlerContext<Tx, Deps>): Promise<void>;
}

/** The events that a service reacts to; created by `defineConsumers`. */
export interface Consumers<Tx, Deps> {
  find(type: string): HandlerUnit<Tx, Deps> | undefined;
  types: EventType[];
}

/**
 * The explicit list of events that a service reacts to: handlers by type, and handlers of whole batches.
 * @throws Error if a type is listed twice.
 */
export function defineConsumers<Tx, Deps>(
  single: { [T in EventType]?: EventHandler<T, Tx, Deps> },
  batches: readonly BatchHandler<EventType, Tx, Deps>[] = [],
): Consumers<Tx, Deps> {
  const units = new Map<string, HandlerUnit<Tx, Deps>>();
  for (const [type, handler] of Object.entries(single)) {
    const handle = handler as EventHandler<EventType, Tx, Deps>;
    units.set(type, {
      batch: false,
      async handle(events, context) {
        for (const event of events) await handle(event, context);
      },
    });
  }
  for (const batch of batches) {
    const unit: HandlerUnit<Tx, Deps> = {
      batch: true,
      handle: (events, context) => batch.handleBatch(events, context),
    };
    for (const type of batch.types) {
      if (units.has(type)) throw new Error(`${type} has two handlers`);
      units.set(type, unit);
    }
  }
  return { find: (type) => units.get(type), types: [...units.keys()] as EventType[] };
}

/**
 * Two lists as one.
 * @throws Error when a type is in both.
 */
export function joinConsumers<Tx, Deps>(
  first: Consumers<Tx, Deps>,
  second: Consumers<Tx, Deps>,
): Consumers<Tx, Deps> {
  for (const type of second.types) if (first.find(type)) throw new Error(`${type} has two handlers`);
  return {
    find: (type) => first.find(type) ?? second.find(type),
    types: [...first.types, ...second.types],
  };
}
