import { createHash } from 'node:crypto';
import type { Response } from 'express';
import type { z } from 'zod';

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

interface Prepared extends PreparedBody<unknown> {
  /** The declaration that the value was checked against; only routes that declare the same one may send it. */
  schema: z.ZodType;
  /** A string if the bytes are ASCII, because Node sends head and body in one write then. */
  content: string | Buffer;
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
  const json = JSON.stringify(schema.parse(value));
  const bytes = Buffer.from(json);
  const body = Object.freeze({ etag: etagOf(bytes), sizeBytes: bytes.length });
  prepared.set(body, { ...body, schema, content: bytes.length === json.length ? json : bytes });
  return body;
}

/** @throws if `body` was prepared for another declaration than `schema`. */
export function findPreparedBody(body: unknown, schema: unknown): Prepared | undefined {
  const found = typeof body === 'object' && body !== null ? prepared.get(body) : undefined;
  if (found && found.schema !== schema) throw new Error('this body was prepared for another declaration');
  return found;
}

/** Sends status, headers and body; the status and the headers of the reply must be set. */
export function sendPreparedBody(res: Response, { etag, sizeBytes, content }: Prepared): void {
  res.setHeader('ETag', etag);
  const { req } = res;
  if (req.headers['if-none-match'] !== undefined && req.fresh) {
    res.statusCode = 304;
    res.end();
    return;
  }
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', sizeBytes);
  if (req.method === 'HEAD') res.end();
  else res.end(content);
}

/** Express's own format: clients keep the tags that they have, and see no other when a body becomes prepared. */
function etagOf(bytes: Buffer): string {
  const hash = createHash('sha1').update(bytes).digest('base64').slice(0, 27);
  return `W/"${bytes.length.toString(16)}-${hash}"`;
}
