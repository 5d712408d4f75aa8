import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { deadLetterRetentionDays, eventRetentionDays, inboxRetentionDays } from '../topics.ts';
import { cleanInbox, parkEvents, takeEvents, takeInOrder } from './inbox.ts';
import { type DueEvent, listBehind, listHeads, lockDue } from './parked-events.ts';

let world: EventWorld;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
});
beforeEach(async () => {
  await world.query('content', 'TRUNCATE inbox, parked_events');
});
afterAll(() => world.close());

const run: ReturnType<EventWorld['transactionsOf']> = (work) => world.transactionsOf('content')(work);
const parked = (key: string, number: number) => ({
  ...{ eventId: uuidv7(), topic: 't', partition: 0, offset: String(number), key, payload: '{}' },
});

describe('the inbox', () => {
  it('lets only one of two concurrent transactions handle an event; the other waits and skips it', async () => {
    const id = uuidv7();
    const order: string[] = [];
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const first = run(async (tx) => {
      expect([...(await takeEvents(tx, 'c', [id]))]).toEqual([id]);
      order.push('first took it');
      await mayCommit;
    });
    await eventuallyPasses('the first event is being handled', () => expect(order).toHaveLength(1));
    const second = run(async (tx) => {
      const taken = await takeEvents(tx, 'c', [id]);
      order.push('second knows');
      return taken;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(order).toEqual(['first took it']);
    commit();
    await first;
    expect((await second).size).toBe(0);
    // Another consumer has an inbox of its own.
    expect((await run((tx) => takeEvents(tx, 'other', [id]))).size).toBe(1);
  });

  it('releases an event when its transaction is rolled back', async () => {
    const id = uuidv7();
    const failed = run(async (tx) => {
      await takeEvents(tx, 'c', [id]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await run((tx) => takeEvents(tx, 'c', [id]))).size).toBe(1);
  });

  it('deletes only rows that are older than anything that can be delivered or replayed', async () => {
    await world.query(
      'content',
      `INSERT INTO inbox (consumer, event_id, handled_at)
       SELECT 'c', gen_random_uuid(), now() - days * interval '1 day' FROM unnest(ARRAY[0, 34, 36, 400]) AS days`,
    );
    const clean = (from: string, limit: number) =>
      run((tx) => cleanInbox(tx, { olderThanDays: inboxRetentionDays, from, limit }));
    const first = await clean('-infinity', 1);
    expect(first.deleted).toBe(1);
    const second = await clean(first.from ?? '', 10);
    expect(second.deleted).toBe(1);
    expect(await clean(second.from ?? '', 10)).toEqual({ deleted: 0, from: null });
    expect(await world.query('content', 'SELECT 1 FROM inbox')).toHaveLength(2);
    expect(inboxRetentionDays).toBeGreaterThan(Math.max(eventRetentionDays, deadLetterRetentionDays));
  });
});

describe('parked events', () => {
  it('hold back later events of their key, even when another member parks them while this one waits', async () => {
    const first = parked('a', 1);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    let took = false;
    const other = run(async (tx) => {
      await takeEvents(tx, 'c', [first.eventId]);
      took = true;
      await mayCommit;
      await parkEvents(tx, 'c', [first]);
    });
    await eventuallyPasses('the event taken', () => expect(took).toBe(true));
    const second = { id: uuidv7(), key: 'a' };
    const mine = run((tx) => takeInOrder(tx, 'c', [{ id: first.eventId, key: 'a' }, second]));
    // `mine` must be waiting for the other transaction before that one continues.
    await eventuallyPasses('the second delivery waiting for the lock of the first', async () =>
      expect(
        await world.query(
          'content',
          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        ),
      ).toHaveLength(1),
    );
    commit();
    await other;
    expect(await mine).toEqual({ fresh: new Set([second.id]), waiting: new Set(['a']) });
  });

  it('are tried in the order of their key, and by one process at a time', async () => {
    const [first, second, other] = [parked('a', 1), parked('a', 2), parked('b', 3)];
    await run((tx) => parkEvents(tx, 'c', [first, second, other]));
    const next = ['a', 'b', 'x'].map((key) => ({ id: uuidv7(), key }));
    const { fresh, waiting } = await run((tx) => takeInOrder(tx, 'c', next));
    expect(fresh).toEqual(new Set(next.map(({ id }) => id)));
    expect(waiting).toEqual(new Set(['a', 'b']));
    const heads = await run((tx) => listHeads(tx, 'c', { afterKey: '', limit: 10 }));
    expect(heads.map(({ key, isDue }) => [key, isDue])).toEqual([
      ['a', true],
      ['b', true],
    ]);
    const [a, b] = heads.map(({ seq }) => seq) as [string, string];
    await run(async (one) => {
      const [locked] = await lockDue(one, [a]);
      expect(locked?.eventId).toBe(first.eventId);
      await run(async (two) => {
        // Not the second of `a`, though it is due: the first one's fate is not known yet.
        expect(await listHeads(two, 'c', { afterKey: '', limit: 10 })).toEqual(heads);
        expect((await lockDue(two, [a, b])).map(({ eventId }) => eventId)).toEqual([other.eventId]);
      });
      const behind = await listBehind(one, 'c', { heads: [locked as DueEvent], perKey: 5 });
      expect(behind.map(({ eventId }) => eventId)).toEqual([second.eventId]);
    });
    // What another process has postponed in the meantime is not due any more.
    await world.query('content', "UPDATE parked_events SET next_attempt_at = now() + interval '1 hour'");
    expect(await run((tx) => lockDue(tx, [a, b]))).toEqual([]);
    const later = await run((tx) => listHeads(tx, 'c', { afterKey: 'a', limit: 10 }));
    expect(later.map(({ key, isDue }) => [key, isDue])).toEqual([['b', false]]);
  });
});
