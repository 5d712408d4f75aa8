import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createEvent } from '../contracts/cloud-event.ts';
import { topics } from '../contracts/define-event.ts';
import { createEffects } from '../testing/effects.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { defineConsumers } from './define-consumers.ts';
import { parkEvents } from './inbox.ts';

let world: EventWorld;
let effects: Awaited<ReturnType<typeof createEffects>>;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'], partitions: 1 });
  effects = await createEffects(world, 'content');
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await effects.clear();
  await world.query('content', 'TRUNCATE parked_events');
});
afterAll(() => world.close());

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Parks `count` numbered events of each user, users in turn, as if their first ones had just become due. */
async function park(users: string[], count: number): Promise<void> {
  const rows = upTo(count).flatMap((number) =>
    users.map((key) => {
      const { type, data } = answered(key, number);
      const { id: eventId, payload } = createEvent(type, data);
      return { eventId, topic: topics.content, partition: 0, offset: '0', key, payload };
    }),
  );
  await world.transactionsOf('content')((tx) => parkEvents(tx, `${world.prefix}lms.content`, rows));
}

/** Starts several processes' worth of consumers; `transactions` counts those in which a handler ran. */
async function start(isBad: (userId: string, number: number) => boolean, members = 1) {
  const ran = new Set<object>();
  for (const _ of upTo(members)) {
    const { task } = await world.startConsumers('content', {
      retryPolicy: { inlineDelaysMs: [], maxAttempts: 1_000, parkedDelayMs: 200, maxParkedDelayMs: 200 },
      consumers: defineConsumers({
        'exercise.answered': async (event, context) => {
          ran.add(context.tx);
          await effects.record(event, context);
          if (isBad(event.subject, event.data.xp)) throw new Error('not today');
        },
      }),
    });
    stops.push(() => task.stop());
  }
  return { transactions: () => ran.size };
}

describe('parked events', () => {
  it('are handled many in one transaction, in order per key', async () => {
    const users = upTo(30).map(() => uuidv7());
    await park(users, 20);
    const { transactions } = await start(() => false);
    await effects.untilCount(600);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(20));
    expect(transactions()).toBeLessThan(60);
    expect(await world.query('content', 'SELECT 1 FROM parked_events')).toEqual([]);
  });

  it('of one key are handled many in one transaction too', async () => {
    const userId = uuidv7();
    await park([userId], 500);
    const { transactions } = await start(() => false);
    await effects.untilCount(500);
    expect(await effects.of(userId)).toEqual(upTo(500));
    expect(transactions()).toBeLessThan(20);
  });

  it('that fail again hold up their own key only, each attempt counted once', async () => {
    const users = upTo(20).map(() => uuidv7());
    const [unlucky, ...others] = users as [string, ...string[]];
    await park(users, 10);
    let broken = true;
    await start((userId, number) => broken && userId === unlucky && number === 4);
    await effects.untilCount(194);
    for (const userId of others) expect(await effects.of(userId)).toEqual(upTo(10));
    expect(await effects.of(unlucky)).toEqual(upTo(4));
    await eventuallyPasses('a failure of the first event, and only of that, is counted', async () => {
      const waiting = await world.query<{ attempts: number }>(
        'content',
        'SELECT attempts FROM parked_events ORDER BY seq',
      );
      expect(waiting).toHaveLength(6);
      expect(waiting[0]?.attempts).toBeGreaterThan(0);
      expect(waiting.slice(1).every(({ attempts }) => attempts === 0)).toBe(true);
    });
    broken = false;
    await effects.untilCount(200);
    expect(await effects.of(unlucky)).toEqual(upTo(10));
  });

  it('are handled once and in order by several processes', async () => {
    const users = upTo(25).map(() => uuidv7());
    await park(users, 20);
    const failed = new Set<string>();
    await start((userId, number) => {
      const failsOnce = number % 7 === 3 && !failed.has(`${userId} ${number}`);
      if (failsOnce) failed.add(`${userId} ${number}`);
      return failsOnce;
    }, 3);
    await effects.untilCount(500);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(20));
    expect(failed.size).toBe(75);
  });
});
