import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { topics } from '../contracts/define-event.ts';
import { appendEvent } from '../outbox/append-event.ts';
import { createEffects } from '../testing/effects.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered, registered } from '../testing/sample-events.ts';
import { defineConsumers } from './define-consumers.ts';

let world: EventWorld;
let effects: Awaited<ReturnType<typeof createEffects>>;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = await createEventWorld();
  effects = await createEffects(world, 'content');
  await world.startRelay('content');
  await world.startRelay('auth');
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await effects.clear();
});
afterAll(() => world.close());

async function start(...args: Parameters<EventWorld['startConsumers']>) {
  const started = await world.startConsumers(...args);
  stops.push(() => started.task.stop());
  return started;
}

const append = (userId: string, number: number) =>
  world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const metric = async (metrics: { registry: { metrics(): Promise<string> } }, name: string) => {
  const text = await metrics.registry.metrics();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
};

describe('consumers', () => {
  it('handle each event once, in order per key, with its effect in the same transaction', async () => {
    const users = upTo(4).map(() => uuidv7());
    await start('content', { consumers: defineConsumers({ 'exercise.answered': effects.record }) });
    for (const number of upTo(50)) await Promise.all(users.map((userId) => append(userId, number)));
    await effects.untilCount(200);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(50));
  });

  it('drop duplicates', async () => {
    const userId = uuidv7();
    const { metrics } = await start('content', {
      consumers: defineConsumers({ 'exercise.answered': effects.record }),
    });
    await append(userId, 0);
    await effects.untilCount(1);
    const producer = world.kafka.createProducer();
    const repeated: { key: string; value: string }[] = [];
    const topic = world.prefix + topics.content;
    await world.kafka.readAll(topic, ({ key, value }) => {
      if (key === userId) repeated.push({ key, value: value ?? '' });
    });
    // Twice in one batch, and in a batch of its own.
    await producer.send([...repeated, ...repeated].map((message) => ({ topic, ...message })));
    await producer.send(repeated.map((message) => ({ topic, ...message })));
    await append(userId, 1);
    await effects.untilCount(2);
    expect(await effects.of(userId)).toEqual([0, 1]);
    expect(await metric(metrics, 'events_duplicates_total')).toBe(3);
    await producer.close();
  });

  it('skip types without a handler', async () => {
    const userId = uuidv7();
    const { metrics } = await start('content', {
      consumers: defineConsumers({ 'user.registered': effects.record, 'exercise.answered': effects.record }),
    });
    await world.transactionsOf('auth')(async (tx) => {
      const at = new Date().toISOString();
      await appendEvent(tx, { type: 'user.deleted', data: { userId, erasureId: uuidv7(), deletedAt: at } });
      await appendEvent(tx, registered(userId));
    });
    await effects.untilCount(1);
    expect(await metric(metrics, 'events_dead_letters_total')).toBe(0);
    expect(await metric(metrics, 'events_handled_total')).toBe(1);
  });

  it('continue where they stopped', async () => {
    const userId = uuidv7();
    const consumers = defineConsumers({ 'exercise.answered': effects.record });
    const first = await start('content', { consumers });
    await append(userId, 0);
    await effects.untilCount(1);
    await first.task.stop();
    await append(userId, 1);
    const second = await start('content', { consumers });
    await effects.untilCount(2);
    expect(await effects.of(userId)).toEqual([0, 1]);
    // The offset had been committed: nothing was delivered twice.
    expect(await metric(second.metrics, 'events_duplicates_total')).toBe(0);
  });

  it('share the work of a group without doing anything twice', async () => {
    const users = upTo(6).map(() => uuidv7());
    const consumers = defineConsumers({ 'exercise.answered': effects.record });
    await start('content', { consumers });
    for (const number of upTo(20)) await Promise.all(users.map((userId) => append(userId, number)));
    const second = await start('content', { consumers });
    for (const number of upTo(20)) await Promise.all(users.map((userId) => append(userId, 20 + number)));
    await second.task.stop();
    for (const number of upTo(20)) await Promise.all(users.map((userId) => append(userId, 40 + number)));
    await effects.untilCount(360);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(60));
  });

  it('pass neighbouring events to a batch handler together, in order and only once', async () => {
    const users = upTo(3).map(() => uuidv7());
    for (const number of upTo(60)) await Promise.all(users.map((userId) => append(userId, number)));
    const sizes: number[] = [];
    await start('content', {
      consumers: defineConsumers({}, [
        {
          types: ['exercise.answered'],
          async handleBatch(events, context) {
            sizes.push(events.length);
            for (const event of events) await effects.record(event, context);
          },
        },
      ]),
    });
    await effects.untilCount(180);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(60));
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });

  it('report handling and end-to-end times', async () => {
    const { metrics } = await start('content', {
      consumers: defineConsumers({ 'exercise.answered': effects.record }),
    });
    await append(uuidv7(), 0);
    await eventuallyPasses(
      'the metric counts the event',
      async () => expect(await metric(metrics, 'events_end_to_end_seconds_count')).toBe(1),
      { timeoutMs: 20_000 },
    );
    expect(await metric(metrics, 'events_handle_duration_seconds_count')).toBe(1);
  });
});
