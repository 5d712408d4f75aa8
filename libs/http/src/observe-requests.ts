import { randomFillSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Histogram, type Logger, type Metrics } from '@lms/runtime';
import { context, INVALID_TRACEID, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';
import type { BaseHeaders } from './base-headers.ts';
import { Exchange } from './exchange.ts';
import type { OverloadGuard } from './overload-guard.ts';

const tracer = trace.getTracer('@lms/http');
const requestIdShape = /^[\w.-]{8,64}$/;

/**
 * Begins every exchange: request id (the caller's, if it is well-formed), server span that continues the caller's trace,
 * and, when the response has been sent or the client has gone, one log line and one duration sample. `serve` runs in
 * the context of the span.
 */
export function createObserver(options: {
  log: Logger;
  metrics: Metrics;
  baseHeaders: (req: IncomingMessage) => BaseHeaders;
  guard: OverloadGuard;
}) {
  const { log, metrics, baseHeaders, guard } = options;
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [metrics.registry],
  });
  const finish = (exchange: Exchange) => {
    const { req, res, route, span } = exchange;
    exchange.leave();
    if (!res.writableEnded) exchange.abort(new DOMException('The client has gone', 'AbortError'));
    const method = req.method ?? '';
    const status = res.writableEnded ? res.statusCode : 499;
    const seconds = (performance.now() - exchange.startedAt) / 1000;
    duration.observe({ method, route, status: String(status) }, seconds);
    if (span.isRecording()) {
      span.updateName(`${method} ${route}`);
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'lms.request_id': exchange.requestId,
      });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
    const facts = { method, route, status, durationMs: Math.round(seconds * 10_000) / 10 };
    log[status >= 500 ? 'warn' : 'info'](exchange.logFacts(facts), 'request');
  };

  return (req: IncomingMessage, res: ServerResponse, serve: (exchange: Exchange) => void): void => {
    const parent = propagation.extract(context.active(), req.headers);
    const span = tracer.startSpan(`${req.method}`, { kind: SpanKind.SERVER }, parent);
    const { traceId } = span.spanContext();
    const traced = traceId !== INVALID_TRACEID;
    const exchange = new Exchange({
      ...{ req, res, span, log, guard },
      requestId: readRequestId(req),
      traceId: traced ? traceId : undefined,
      headers: baseHeaders(req),
    });
    res.on('close', () => finish(exchange));
    if (traced) context.with(trace.setSpan(parent, span), () => serve(exchange));
    else serve(exchange);
  };
}

export function readRequestId(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && requestIdShape.test(given) ? given : uuidv7({ rng: takeRandomBytes });
}

const idBytes = 16;
const randomBytes = Buffer.alloc(256 * idBytes);
let taken = randomBytes.length;

/** Asks for the bytes of 256 ids at once, because a call for each costs as much as the rest of an id ten times over. */
function takeRandomBytes(): Uint8Array {
  if (taken === randomBytes.length) {
    randomFillSync(randomBytes);
    taken = 0;
  }
  taken += idBytes;
  return randomBytes.subarray(taken - idBytes, taken);
}
