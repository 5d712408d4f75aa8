import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type FieldError, fieldErrors } from '@lms/errors';
import express from 'express';
import typeIs from 'type-is';
import type { z } from 'zod';
import { isBytesBody, type Route } from './route.ts';

const defaultBodyLimitBytes = 100 * 1024;

/** Middleware of Express that needs nothing of it: it stores what it reads as `req.body`. */
export type BodyReader = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The middleware that reads this route's body, as JSON or bytes, up to its limit; other bodies are not read. */
export function bodyReader<D>({ definition }: Route<D>): BodyReader {
  const body = definition.input?.body;
  if (isBytesBody(body)) {
    const read = express.raw({ type: [...body.contentTypes], limit: body.limitBytes }) as BodyReader;
    return (req, res, next) => {
      if (!typeIs(req, [...body.contentTypes])) throw unsupported(body.contentTypes);
      read(req, res, next);
    };
  }
  if (!body) return (_req, _res, next) => next();
  const limit = definition.bodyLimitBytes ?? defaultBodyLimitBytes;
  const read = express.json({ limit, strict: false }) as BodyReader;
  return (req, res, next) => {
    const hasBody =
      req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && !typeIs(req, ['json'])) throw unsupported(['application/json']);
    read(req, res, next);
  };
}

/** What a request sent, not yet validated. */
export interface RawInput {
  params: unknown;
  query: unknown;
  /** Undefined if there is none. */
  body: unknown;
  idempotencyKey: string | undefined;
}

/**
 * Validates params, query and body of a request against its route.
 * @throws AppError `validation_failed` that names every invalid field.
 */
export function readInput<D>({ definition }: Route<D>, raw: RawInput): RawInput {
  const problems: FieldError[] = [];
  const read = (name: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (!schema) return name === 'body' ? undefined : {};
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...fieldErrors(result.error.issues, name));
    return result.data;
  };
  const { params, query, body } = definition.input ?? {};
  const input = {
    params: read('params', params, raw.params),
    query: read('query', query, raw.query),
    body: isBytesBody(body) ? readBytes(raw.body, problems) : read('body', body, raw.body ?? {}),
  };
  const idempotencyKey = readIdempotencyKey(raw, problems);
  if (problems.length > 0) {
    // A path that cannot name anything (an id that is not a UUID) counts as not found.
    if (problems.every((problem) => problem.path.startsWith('params.'))) {
      throw new AppError('not_found', 'No object has this id.', { errors: problems });
    }
    throw new AppError('validation_failed', 'Some of the input is not valid.', { errors: problems });
  }
  return { ...input, idempotencyKey };
}

function readBytes(body: unknown, problems: FieldError[]): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  problems.push({ path: 'body', message: 'is empty' });
  return Buffer.alloc(0);
}

function readIdempotencyKey({ idempotencyKey: key }: RawInput, problems: FieldError[]): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key)) {
    problems.push({ path: 'headers.idempotency-key', message: 'must be 1 to 128 printable characters' });
  }
  return key;
}

function unsupported(types: readonly string[]): AppError {
  return new AppError('unsupported_media_type', `Send the body as ${types.join(' or ')}.`);
}
