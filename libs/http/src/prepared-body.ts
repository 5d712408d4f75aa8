import type { z } from 'zod';
import { type TaggedBody, tagBody } from './send-body.ts';

/**
 * A JSON response body that was checked, serialised and tagged once, to be sent many times. It is immutable, and
 * holds its bytes alone (`sizeBytes`, for a cache with a limit), not the value it was made from.
 */
export interface PreparedBody<T> {
  /** In the format of every other response of the kit: weak, from length and hash of the bytes. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** Never set: ties the body to the type of its value. */
  readonly preparedFrom?: T;
}

interface Prepared extends TaggedBody {
  /** The declaration that the value was checked against; only routes that declare the same one may send it. */
  schema: z.ZodType;
}

// Not a property: a value that a handler read from a client or a cache cannot pass for a prepared body.
const prepared = new WeakMap<object, Prepared>();

/**
 * Prepares a body for `new Reply(body)`: checks `value` against `schema`, drops fields that it does not declare,
 * serialises the rest and computes the ETag. `schema` must be the very object that the route declares as its
 * `output.body`: a body that was prepared for another one is refused with a 500. A request whose `If-None-Match`
 * has the tag is answered 304; its `HEAD` has the headers alone.
 *
 * @throws ZodError if the value does not match; in a handler that is a 500, as for any response.
 */
export function prepareBody<T>(schema: z.ZodType<T>, value: NoInfer<T>): PreparedBody<T> {
  const tagged = tagBody(JSON.stringify(schema.parse(value)));
  const body = Object.freeze({ etag: tagged.etag, sizeBytes: tagged.sizeBytes });
  prepared.set(body, { ...tagged, schema });
  return body;
}

/** @throws if `body` was prepared for another declaration than `schema`. */
export function findPreparedBody(body: unknown, schema: unknown): TaggedBody | undefined {
  const found = typeof body === 'object' && body !== null ? prepared.get(body) : undefined;
  if (found && found.schema !== schema) throw new Error('this body was prepared for another declaration');
  return found;
}
