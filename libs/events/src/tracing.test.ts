import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { v7 as uuidv7 } from 'uuid';
import { defineConsumers } from './consume/define-consumers.ts';
import { appendEvent } from './outbox/append-event.ts';
import { createEffects } from './testing/effects.ts';
import { createEventWorld, type EventWorld } from './testing/event-world.ts';
import { answered } from './testing/sample-events.ts';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
let world: EventWorld;
let effects: Awaited<ReturnType<typeof createEffects>>;

beforeAll(async () => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  world = await createEventWorld({ schemas: ['content'], partitions: 1 });
  effects = await createEffects(world, 'content');
});
afterEach(async () => {
  await effects.clear();
  exporter.reset();
});
afterAll(async () => {
  await world.close();
  await provider.shutdown();
});

/** Appends events in a new span, like a request. Returns the trace of the span. */
async function request(...numbers: number[]): Promise<string> {
  const span = trace.getTracer('test').startSpan('request');
  await context.with(trace.setSpan(context.active(), span), () =>
    world.transactionsOf('content')(async (tx) => {
      for (const number of numbers) await appendEvent(tx, answered(uuidv7(), number));
    }),
  );
  span.end();
  return span.spanContext().traceId;
}

const spansOf = (traceId: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
const named = (spans: readonly ReadableSpan[], name: string) => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`no span "${name}" among: ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

describe('one trace', () => {
  it('leads from the request through the producer to the consumer and the events that it appends', async () => {
    await world.startRelay('content');
    const { task } = await world.startConsumers('content', {
      consumers: defineConsumers({
        'exercise.answered': async (event, context) => {
          await effects.record(event, context);
          if (event.data.xp === 1) await appendEvent(context.tx, answered(event.data.userId, 2));
        },
      }),
    });
    const spans = spansOf(await request(1).finally(() => effects.untilCount(2)));
    const created = named(spans, 'create exercise.answered');
    expect(created.kind).toBe(SpanKind.PRODUCER);
    expect(created.parentSpanContext?.spanId).toBe(named(spans, 'request').spanContext().spanId);
    const handled = named(spans, 'process exercise.answered');
    expect(handled.kind).toBe(SpanKind.CONSUMER);
    expect(handled.parentSpanContext?.spanId).toBe(created.spanContext().spanId);
    expect(handled.attributes['cloudevents.event_id']).toBe(created.attributes['cloudevents.event_id']);
    // The second event's spans belong to the same trace, below the first one's.
    const inner = spans.filter((span) => span.name === 'create exercise.answered')[1];
    expect(inner?.parentSpanContext?.spanId).toBe(handled.spanContext().spanId);
    await task.stop();
  });

  it('is linked from the span of a batch, for each event in it', async () => {
    const traces = [await request(10), await request(11)];
    // Published before anybody consumes, so that one fetch brings both.
    await eventuallyPasses('both events are published', async () =>
      expect(await world.query('content', 'SELECT 1 FROM outbox')).toEqual([]),
    );
    const { task } = await world.startConsumers('content', {
      service: 'batches',
      runTransaction: world.transactionsOf('content'),
      consumers: defineConsumers({}, [
        {
          types: ['exercise.answered'],
          async handleBatch(events, context) {
            for (const event of events) await effects.record(event, context);
          },
        },
      ]),
    });
    // The new group also handles events of earlier tests.
    await eventuallyPasses('both events have had their effect', async () => {
      const rows = await world.query<{ number: number }>('content', 'SELECT number FROM effects');
      expect(rows.map(({ number }) => number)).toEqual(expect.arrayContaining([10, 11]));
    });
    await task.stop();
    const linked = exporter
      .getFinishedSpans()
      .filter((span) => span.kind === SpanKind.CONSUMER)
      .flatMap((span) => span.links.map((link) => link.context.traceId));
    for (const traceId of traces) expect(linked).toContain(traceId);
  });

  it('shows a handler that failed, without its message', async () => {
    let failed = false;
    const { task } = await world.startConsumers('content', {
      service: 'failing',
      runTransaction: world.transactionsOf('content'),
      retryPolicy: { inlineDelaysMs: [5], maxAttempts: 3, parkedDelayMs: 50, maxParkedDelayMs: 50 },
      consumers: defineConsumers({
        'exercise.answered': async (event, context) => {
          if (event.data.xp === 20 && !failed) {
            failed = true;
            throw new TypeError('secret words');
          }
          await effects.record(event, context);
        },
      }),
    });
    const traceId = await request(20);
    await eventuallyPasses('the spans of both consumers', async () =>
      expect(await spansOf(traceId).filter(({ name }) => /^process/.test(name)).length).toBe(2),
    );
    const statuses = spansOf(traceId).map(({ status }) => status);
    expect(statuses).toContainEqual({ code: SpanStatusCode.ERROR, message: 'TypeError' });
    expect(JSON.stringify(statuses)).not.toContain('secret');
    await task.stop();
  });
});
