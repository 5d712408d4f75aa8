import { type PreparedBody, prepareBody } from '@lms/http';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';

export interface PreparedBodies {
  /**
   * The body under a key, made if it is not known. The key must name everything that the body is made from, so that a
   * known body is never out of date.
   */
  get<T>(key: string, schema: z.ZodType<T>, make: () => NoInfer<T>): PreparedBody<T>;
}

/** What a body occupies besides its bytes. */
const entryBytes = 500;

/** Serialised responses that many callers receive, with their ETags; the least recently used are dropped. */
export function createPreparedBodies({ maxBytes }: { maxBytes: number }): PreparedBodies {
  const bodies = new LRUCache<string, PreparedBody<unknown>>({
    maxSize: maxBytes,
    sizeCalculation: ({ sizeBytes }, key) => sizeBytes + 2 * key.length + entryBytes,
  });
  return {
    get<T>(key: string, schema: z.ZodType<T>, make: () => NoInfer<T>): PreparedBody<T> {
      const known = bodies.get(key);
      if (known) return known as PreparedBody<T>;
      const body = prepareBody(schema, make());
      bodies.set(key, body);
      return body;
    },
  };
}
