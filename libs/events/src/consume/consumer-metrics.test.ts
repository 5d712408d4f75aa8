import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { appendEvent } from '../outbox/append-event.ts';
import { createEffects } from '../testing/effects.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { defineConsumers } from './define-consumers.ts';

let world: EventWorld;
let effects: Awaited<ReturnType<typeof createEffects>>;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'], partitions: 2 });
  effects = await createEffects(world, 'content');
});
afterAll(() => world.close());

const append = (userId: string, number: number) =>
  world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));

describe('metrics of consumers', () => {
  it('report the lag of the group and the number of parked events', async () => {
    const { relay } = await world.startRelay('content');
    const unlucky = uuidv7();
    const others = Promise.withResolvers<void>();
    const { metrics } = await world.startConsumers('content', {
      lagEveryMs: 200,
      retryPolicy: { inlineDelaysMs: [], maxAttempts: 99, parkedDelayMs: 60_000, maxParkedDelayMs: 60_000 },
      consumers: defineConsumers({
        'exercise.answered': async (event, context) => {
          if (event.subject === unlucky) throw new Error('not today');
          // Blocks until the gauge has counted the events that wait behind this one.
          if (event.data.xp === 0) await others.promise;
          await effects.record(event, context);
        },
      }),
    });
    const text = () => metrics.registry.metrics();
    const lag = async () =>
      Number(
        /events_consumer_lag\{topic="[^"]*lms\.content\.v1",service="test"\} (\d+)/.exec(await text())?.[1],
      );
    const slow = uuidv7();
    for (const number of [0, 1, 2]) await append(slow, number);
    await append(unlucky, 1);
    await append(unlucky, 2);
    await eventuallyPasses('a lag of the group', async () => expect(await lag()).toBeGreaterThan(0));
    others.resolve();
    await effects.untilCount(3);
    await eventuallyPasses('no lag of the group', async () => expect(await lag()).toBe(0));
    await eventuallyPasses('two parked events in the metrics', async () =>
      expect(await text()).toMatch(/events_parked\{service="test"\} 2\n/),
    );
    expect(await text()).toMatch(/events_handled_total\{type="exercise.answered",service="test"\} 3\n/);
    await relay.stop();
  });
});

describe('metrics of the relay', () => {
  it('count failed publishes, and show the number and age of waiting events', async () => {
    let broken = true;
    const { metrics } = await world.startRelay('content', {
      measureEveryMs: 100,
      kafka: {
        ...world.kafka,
        createProducer: () => {
          const producer = world.kafka.createProducer();
          return {
            ...producer,
            send: async (messages) => {
              if (broken) throw Object.assign(new Error('away'), { name: 'KafkaJSConnectionError' });
              await producer.send(messages);
            },
          };
        },
      },
    });
    const text = () => metrics.registry.metrics();
    const value = async (name: string) =>
      Number(new RegExp(`${name}\\{service="test"\\} ([0-9.e+-]+)`).exec(await text())?.[1]);
    await append(uuidv7(), 1);
    await eventuallyPasses('failed publications in the metrics', async () =>
      expect(await value('events_publish_failures_total')).toBeGreaterThan(1),
    );
    await eventuallyPasses('one event in the outbox', async () =>
      expect(await value('events_outbox_depth')).toBe(1),
    );
    expect(await value('events_outbox_oldest_age_seconds')).toBeGreaterThan(0);
    broken = false;
    await eventuallyPasses('an empty outbox', async () => expect(await value('events_outbox_depth')).toBe(0));
    expect(await value('events_outbox_oldest_age_seconds')).toBe(0);
    expect(await value('events_outbox_latency_seconds_count')).toBe(1);
  });
});
