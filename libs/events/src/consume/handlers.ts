import type { Logger } from '@lms/runtime';
import type { CloudEvent } from '../contracts/cloud-event.ts';
import type { EventType } from '../contracts/registry.ts';

/** What a handler works with: the transaction its effect belongs to, and the service's dependencies. */
export interface HandlerContext<Tx, Deps> {
  tx: Tx;
  deps: Deps;
  log: Logger;
}

/**
 * Handles one event. Its effect goes through `tx`, which also records that the event was handled: both
 * commit or neither does. Keep it short, and leave calls to others (HTTP, mail) to a job enqueued in `tx`.
 * A throw is tried again, then parked, then dead-lettered.
 */
export type EventHandler<T extends EventType, Tx, Deps> = (
  event: CloudEvent<T>,
  context: HandlerContext<Tx, Deps>,
) => Promise<void>;

/** Handles neighbouring events of its types in one go, in their order: for projections that must keep up. */
export interface BatchHandler<T extends EventType, Tx, Deps> {
  types: readonly T[];
  handleBatch: (events: CloudEvent<T>[], context: HandlerContext<Tx, Deps>) => Promise<void>;
}

export interface Consumers<Tx, Deps> {
  /** Unit of work for neighbouring events: several for a batch handler, one otherwise. */
  find(
    type: string,
  ):
    | { handle: (events: CloudEvent[], context: HandlerContext<Tx, Deps>) => Promise<void>; batch: boolean }
    | undefined;
  types: EventType[];
}

/**
 * The explicit list of what a service reacts to.
 * @throws Error when a type is listed twice.
 */
export function defineConsumers<Tx, Deps>(
  single: { [T in EventType]?: EventHandler<T, Tx, Deps> },
  batches: readonly BatchHandler<never, Tx, Deps>[] = [],
): Consumers<Tx, Deps> {
  const units = new Map<string, NonNullable<ReturnType<Consumers<Tx, Deps>['find']>>>();
  for (const [type, handler] of Object.entries(single)) {
    const handle = handler as unknown as (
      event: CloudEvent,
      context: HandlerContext<Tx, Deps>,
    ) => Promise<void>;
    units.set(type, {
      batch: false,
      handle: async (events, context) => {
        for (const event of events) await handle(event, context);
      },
    });
  }
  for (const { types, handleBatch } of batches) {
    const unit = { batch: true, handle: handleBatch as never };
    for (const type of types as readonly string[]) {
      if (units.has(type)) throw new Error(`${type} has two handlers`);
      units.set(type, unit);
    }
  }
  return { find: (type) => units.get(type), types: [...units.keys()] as EventType[] };
}
