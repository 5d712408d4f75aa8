import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { defineConsumers } from './consume/define-consumers.ts';
import { topics } from './contracts/define-event.ts';
import { appendEvent } from './outbox/append-event.ts';
import { listPartitions, raisePartitions } from './partition-tools.ts';
import { createEffects } from './testing/effects.ts';
import { createEventWorld, type EventWorld } from './testing/event-world.ts';
import { answered } from './testing/sample-events.ts';

let world: EventWorld;
let stopWriting: () => Promise<void> = async () => undefined;
beforeAll(async () => {
  world = await createEventWorld({ partitions: 3 });
});
afterAll(async () => {
  await stopWriting();
  await world.close();
});

const never = new AbortController().signal;
const contentTopic = () => world.prefix + topics.content;
const inUse = async () => {
  const sql = 'SELECT partitions FROM outbox_topics WHERE topic = $1';
  return (await world.query<{ partitions: number }>('content', sql, [contentTopic()]))[0]?.partitions;
};

describe('raisePartitions', () => {
  it('keeps the order per key, and loses and repeats nothing, while events are written', async () => {
    const users = Array.from({ length: 60 }, () => uuidv7());
    const unlucky = users[0] as string;
    const counts = new Map<string, number>();
    const groups = await Promise.all(['content', 'auth'].map((schema) => createEffects(world, schema)));
    const [content, auth] = groups as [(typeof groups)[0], (typeof groups)[0]];
    let broken = true;
    const retryPolicy = { inlineDelaysMs: [], maxAttempts: 1_000, parkedDelayMs: 100, maxParkedDelayMs: 300 };
    for (const _member of [1, 2])
      await world.startConsumers('content', {
        retryPolicy,
        consumers: defineConsumers({
          'exercise.answered': async (event, context) => {
            // One key waits among the parked events of this group while its partition changes.
            if (broken && event.subject === unlucky && event.data.xp >= 5) throw new Error('not today');
            await content.record(event, context);
          },
        }),
      });
    let slow = true;
    await world.startConsumers('auth', {
      consumers: defineConsumers({
        'exercise.answered': async (event, context) => {
          await auth.record(event, context);
          if (slow) await context.tx.$queryRawUnsafe('SELECT pg_sleep(0.03)');
        },
      }),
    });
    const relays = [1, 2].map(() => world.startRelay('content', { followEveryMs: 300 }));
    await Promise.all(relays);

    let writing = true;
    const writers = [0, 1, 2].map(async (writer) => {
      for (let turn = 0; writing; turn += 1) {
        const userId = users[(turn * 3 + writer) % users.length] as string;
        const number = counts.get(userId) ?? 0;
        counts.set(userId, number + 1);
        await world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));
        // More than the slow group handles, and less than would take it long to make up for.
        await sleep(40);
      }
    });
    stopWriting = async () => {
      writing = false;
      await Promise.all(writers);
    };
    const total = () => [...counts.values()].reduce((sum, count) => sum + count, 0);
    await content.untilCount(200);
    expect(await inUse()).toBe(3);

    const raised: string[] = [];
    await raisePartitions(world.kafka, {
      topicPrefix: world.prefix,
      to: 24,
      onRaised: ({ topic, from }) => raised.push(`${topic} ${from}`),
      signal: never,
    });
    expect(raised).toContain(`${contentTopic()} 3`);
    // The slow group still has events to read in the old partitions, so the new ones are not used.
    const lagging = (await listPartitions(world.kafka, world.prefix)).flatMap(({ readers }) => readers);
    expect(lagging.find(({ groupId }) => groupId.endsWith('lms.auth'))?.lag).toBeGreaterThan(0);
    const untilThen = total();
    await eventuallyPasses('more are written', () => expect(total()).toBeGreaterThan(untilThen + 100), {
      timeoutMs: 60_000,
    });
    expect(await inUse()).toBe(3);
    slow = false;
    await eventuallyPasses('the relay uses the new partitions', async () => expect(await inUse()).toBe(24), {
      timeoutMs: 60_000,
    });
    const atSwitch = total();
    await eventuallyPasses(
      'as many again are written',
      () => expect(total()).toBeGreaterThan(atSwitch + 300),
      {
        timeoutMs: 60_000,
      },
    );
    await stopWriting();
    broken = false;

    await content.untilCount(total());
    await auth.untilCount(total());
    for (const group of groups) {
      for (const userId of users)
        expect(await group.of(userId)).toEqual(Array.from({ length: counts.get(userId) ?? 0 }, (_, i) => i));
      expect(await group.count()).toBe(total());
    }
    const [{ filled, partitions, readers } = { filled: 0, partitions: 0, readers: [] }] = (
      await listPartitions(world.kafka, world.prefix)
    ).filter(({ topic }) => topic === contentTopic());
    expect(partitions).toBe(24);
    expect(filled).toBeGreaterThan(10);
    expect(readers.map(({ groupId, assigned }) => [groupId, assigned]).sort()).toEqual([
      [`${world.prefix}lms.auth`, 24],
      [`${world.prefix}lms.content`, 24],
    ]);
  });

  it('changes nothing when it is repeated, finishes what was begun, and refuses to lower', async () => {
    const raised: string[] = [];
    const raise = (to: number) =>
      raisePartitions(world.kafka, {
        topicPrefix: world.prefix,
        to,
        onRaised: ({ topic }) => raised.push(topic),
        signal: never,
      });
    await raise(24);
    expect(raised).toEqual([]);
    // As if an earlier run had died after the first topic.
    const admin = world.kafka.createAdmin();
    await admin.raisePartitions([contentTopic()], 25);
    await expect(raise(24)).rejects.toThrow(`${contentTopic()} has 25 partitions`);
    await raise(25);
    expect(raised).toHaveLength(3);
    expect(raised).not.toContain(contentTopic());
    const found = await listPartitions(world.kafka, world.prefix);
    expect(found.map(({ partitions }) => partitions)).toEqual([25, 25, 25, 25]);
    await expect(admin.raisePartitions([contentTopic()], 24)).rejects.toThrow('more than 24');
    await admin.close();
  });
});
