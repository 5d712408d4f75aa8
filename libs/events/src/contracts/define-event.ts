import type { z } from 'zod';

/** Topics, one per service; the environment's prefix is added when they are used. */
export const topics = {
  auth: 'lms.auth.v1',
  content: 'lms.content.v1',
  media: 'lms.media.v1',
  ai: 'lms.ai.v1',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

/** The only service that publishes to a topic. */
export function publisherOf(topic: Topic): string {
  return topic.split('.')[1] as string;
}

export interface EventContract<T extends string = string, D = unknown> {
  type: T;
  /** Raised only for a change that breaks readers; both versions are then published for a while. */
  version: number;
  topic: Topic;
  summary: string;
  data: z.ZodType<D>;
  /** Aggregate id: events of one key are handled in order. */
  key: (data: D) => string;
  /** Fields with a learner's own words; tools do not show them. */
  sensitive?: readonly string[];
}

/** The CloudEvents attribute `dataschema`: which version of the type's schema the data follows. */
export function dataSchemaOf({ type, version }: Pick<EventContract, 'type' | 'version'>): string {
  return `urn:lms:event:${type}:${version}`;
}

/** Declares one event: the only place that defines its schema, topic and key. */
export function defineEvent<const T extends string, D>(contract: EventContract<T, D>): EventContract<T, D> {
  return contract;
}
