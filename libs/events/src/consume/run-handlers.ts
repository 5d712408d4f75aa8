import type { Logger } from '@lms/runtime';
import {
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { CloudEvent } from '../contracts/cloud-event.ts';
import type { Consumers } from './define-consumers.ts';
import { causeOf } from './failures.ts';

const tracer = trace.getTracer('@lms/events');

/** Runs handlers over events in order; neighbours with the same batch handler are handled together. */
export async function runHandlers<Tx, Deps>(
  { consumers, deps, log }: { consumers: Consumers<Tx, Deps>; deps: Deps; log: Logger },
  events: CloudEvent[],
  tx: Tx,
): Promise<void> {
  for (let index = 0; index < events.length; ) {
    const first = events[index] as CloudEvent;
    const unit = consumers.find(first.type);
    if (!unit) throw new Error(`no handler for ${first.type}`);
    const next = unit.batch
      ? events.findIndex((event, i) => i > index && consumers.find(event.type) !== unit)
      : index + 1;
    const group = events.slice(index, next < 0 ? events.length : next);
    await traced(group, () => unit.handle(group, { tx, deps, log }));
    index += group.length;
  }
}

/**
 * A consumer span. The span of one event continues the trace of the change that caused it, so that one trace
 * shows the whole path; the span of several events has a link to each.
 */
async function traced(events: CloudEvent[], run: () => Promise<void>): Promise<void> {
  const [first] = events as [CloudEvent];
  const parent = events.length === 1 ? causeContext(first) : ROOT_CONTEXT;
  const span = tracer.startSpan(
    `process ${first.type}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.type': 'process',
        'messaging.batch.message_count': events.length,
        'cloudevents.event_type': first.type,
        'cloudevents.event_id': first.id,
      },
      links: events.length === 1 ? [] : events.flatMap(linkTo),
    },
    parent,
  );
  try {
    await context.with(trace.setSpan(parent, span), run);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: causeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}

function causeContext({ traceparent }: CloudEvent): Context {
  return traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;
}

function linkTo(event: CloudEvent): Link[] {
  const cause = trace.getSpanContext(causeContext(event));
  return cause ? [{ context: cause }] : [];
}
