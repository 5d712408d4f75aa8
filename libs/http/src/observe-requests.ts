import type { IncomingMessage } from 'node:http';
import { Histogram, type Logger, type Metrics } from '@lms/runtime';
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { v7 as uuidv7 } from 'uuid';

declare global {
  namespace Express {
    interface Locals {
      requestId: string;
      log: Logger;
      span: Span;
      /** Path of the matched route with its parameter names; `unmatched` if there is none (yet). */
      route: string;
      /** Aborted when the client disconnects. */
      clientGone: AbortSignal;
    }
  }
}

const tracer = trace.getTracer('@lms/http');
const requestIdShape = /^[\w.-]{8,64}$/;

/**
 * First middleware of every app: request id (the caller's, if it is well-formed), child logger, server span
 * that continues the caller's trace, one log line and one duration sample per request.
 */
export function observeRequests({ log, metrics }: { log: Logger; metrics: Metrics }): RequestHandler {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [metrics.registry],
  });
  return (req, res, next) => {
    const started = performance.now();
    const requestId = readRequestId(req);
    const gone = new AbortController();
    const parent = propagation.extract(context.active(), req.headers);
    const span = tracer.startSpan(`${req.method}`, { kind: SpanKind.SERVER }, parent);
    res.locals.requestId = requestId;
    res.locals.route = 'unmatched';
    res.locals.span = span;
    res.locals.clientGone = gone.signal;
    const { traceId } = span.spanContext();
    res.locals.log = log.child(/^0+$/.test(traceId) ? { requestId } : { requestId, traceId });
    res.setHeader('x-request-id', requestId);
    res.once('close', () => {
      if (!res.writableEnded) gone.abort();
      const { route } = res.locals;
      const status = res.writableEnded ? res.statusCode : 499;
      const seconds = (performance.now() - started) / 1000;
      duration.observe({ method: req.method, route, status: String(status) }, seconds);
      span.updateName(`${req.method} ${route}`);
      span.setAttributes({
        'http.request.method': req.method,
        'http.route': route,
        'http.response.status_code': status,
        'lms.request_id': requestId,
      });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      const facts = { method: req.method, route, status, durationMs: Math.round(seconds * 10_000) / 10 };
      res.locals.log[status >= 500 ? 'warn' : 'info'](facts, 'request');
    });
    context.with(trace.setSpan(parent, span), () => next());
  };
}

function readRequestId(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && requestIdShape.test(given) ? given : uuidv7();
}
