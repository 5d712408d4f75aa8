import { createHash } from 'node:crypto';
import { AppError, type FieldError, fieldErrors } from '@lms/errors';
import express, { type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { isBytesBody, type Route } from './route.ts';

const defaultBodyLimitBytes = 100 * 1024;

/** The middleware that reads this route's body, as JSON or bytes, up to its limit; other bodies are not read. */
export function bodyReader<D>({ definition }: Route<D>): RequestHandler {
  const body = definition.input?.body;
  if (isBytesBody(body)) {
    const read = express.raw({ type: [...body.contentTypes], limit: body.limitBytes });
    return (req, res, next) => {
      if (!req.is([...body.contentTypes])) throw unsupported(body.contentTypes);
      read(req, res, next);
    };
  }
  if (!body) return (_req, _res, next) => next();
  const read = express.json({ limit: definition.bodyLimitBytes ?? defaultBodyLimitBytes, strict: false });
  return (req, res, next) => {
    const hasBody =
      req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && !req.is('json')) throw unsupported(['application/json']);
    read(req, res, next);
  };
}

/**
 * Validates params, query and body of a request against its route.
 * @throws AppError `validation_failed` that names every invalid field.
 */
export function readInput<D>({ definition }: Route<D>, req: Request) {
  const problems: FieldError[] = [];
  const read = (name: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (!schema) return name === 'body' ? undefined : {};
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...fieldErrors(result.error.issues, name));
    return result.data;
  };
  const { params, query, body } = definition.input ?? {};
  const input = {
    params: read('params', params, req.params),
    query: read('query', query, req.query),
    body: isBytesBody(body) ? readBytes(req.body, problems) : read('body', body, req.body ?? {}),
  };
  const idempotencyKey = readIdempotencyKey(req, problems);
  if (problems.length > 0) {
    // A path that cannot name anything (an id that is not a UUID) counts as not found.
    if (problems.every((problem) => problem.path.startsWith('params.'))) {
      throw new AppError('not_found', 'No object has this id.', { errors: problems });
    }
    throw new AppError('validation_failed', 'Some of the input is not valid.', { errors: problems });
  }
  return { ...input, idempotencyKey, requestHash: hashOf(req) };
}

function readBytes(body: unknown, problems: FieldError[]): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  problems.push({ path: 'body', message: 'is empty' });
  return Buffer.alloc(0);
}

function readIdempotencyKey(req: Request, problems: FieldError[]): string | undefined {
  const key = req.get('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key)) {
    problems.push({ path: 'headers.idempotency-key', message: 'must be 1 to 128 printable characters' });
  }
  return key;
}

function hashOf(req: Request): string {
  const body: unknown = req.body;
  return createHash('sha256')
    .update(`${req.method} ${req.originalUrl}\n`)
    .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
    .digest('hex');
}

function unsupported(types: readonly string[]): AppError {
  return new AppError('unsupported_media_type', `Send the body as ${types.join(' or ')}.`);
}
