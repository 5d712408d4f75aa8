import type { z } from 'zod';
import { aiEvents } from './ai-events.ts';
import { authEvents } from './auth-events.ts';
import { contentEvents } from './content-events.ts';
import type { EventContract } from './define-event.ts';
import { mediaEvents } from './media-events.ts';

/** Every event of the platform. */
export const eventContracts = [...authEvents, ...contentEvents, ...mediaEvents, ...aiEvents] as const;

type Contract = (typeof eventContracts)[number];
export type EventType = Contract['type'];
/** Data of an event type, as handlers receive it. */
export type EventData<T extends EventType> = z.output<Extract<Contract, { type: T }>['data']>;

const byType = new Map<string, EventContract>(
  eventContracts.map((contract) => [contract.type, contract as unknown as EventContract]),
);

/** The contract of a type, or undefined for a type that this build does not know. */
export function findContract(type: string): EventContract | undefined {
  return byType.get(type);
}
