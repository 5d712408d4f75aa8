import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, listPartitions, maintainPartitions } from '@lms/postgres';
import { eventuallyPasses } from '@lms/testing';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { deadLetterRetentionDays, eventRetentionDays, inboxRetentionDays } from '../topics.ts';
import { inboxPartitions, parkEvents, takeEvents, takeInOrder } from './inbox.ts';
import { type DueEvent, listBehind, listHeads, lockDue } from './parked-events.ts';

let world: EventWorld;
let pool: Pool;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
  pool = createPool({
    ...{ databaseUrl: world.databaseUrl, schema: 'content', poolSize: 1, connectTimeoutMs: 3_000 },
    ...{ applicationName: 'test', log: world.log },
  });
});
beforeEach(async () => {
  for (const { name, range } of await listPartitions(pool, inboxPartitions))
    if (range) await world.query('content', `DROP TABLE ${name}`);
  await world.query('content', 'TRUNCATE inbox, parked_events');
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const dayMs = 86_400_000;
/** One moment for ids and partitions, because a test may run at midnight. */
const startedAt = Date.now();
/** An id of an event that is made `days` from then. */
const idAt = (days: number) => uuidv7({ msecs: startedAt + days * dayMs });
/** The job that creates and drops partitions, `days` from then. */
const maintain = (days: number) =>
  maintainPartitions({
    ...{ pool, tables: [inboxPartitions], log: world.log },
    now: new Date(startedAt + days * dayMs),
  });

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

  it('keeps ids longer than anything can be delivered or replayed, and then drops a day at once', async () => {
    expect(inboxRetentionDays).toBeGreaterThan(eventRetentionDays + deadLetterRetentionDays);
    await maintain(0);
    const [today, tomorrow] = [idAt(0), idAt(1)];
    await run((tx) => takeEvents(tx, 'c', [today, tomorrow]));
    await expect(maintain(inboxRetentionDays)).resolves.toMatchObject({ dropped: [], deletedRows: 0 });
    expect((await run((tx) => takeEvents(tx, 'c', [today, tomorrow]))).size).toBe(0);
    const { dropped } = await maintain(inboxRetentionDays + 1);
    expect(dropped).toHaveLength(1);
    // An event of that day that arrives all the same is handled, once.
    expect(await run((tx) => takeEvents(tx, 'c', [today, tomorrow]))).toEqual(new Set([today]));
    expect((await run((tx) => takeEvents(tx, 'c', [today, tomorrow]))).size).toBe(0);
  });

  it('records ids that no partition covers, until they are as old as the others', async () => {
    await maintain(0);
    const ids = [idAt(-400), idAt(400), 'f47ac10b-58cc-4372-a567-0e02b2c3d479'];
    expect((await run((tx) => takeEvents(tx, 'c', ids))).size).toBe(3);
    expect(
      (
        await run((tx) =>
          takeInOrder(
            tx,
            'c',
            ids.map((id) => ({ id, key: id })),
          ),
        )
      ).fresh.size,
    ).toBe(0);
    await expect(maintain(inboxRetentionDays - 1)).resolves.toMatchObject({ deletedRows: 0 });
    expect((await maintain(inboxRetentionDays + 1)).deletedRows).toBe(3);
  });

  it('reads the partition of the event alone', async () => {
    await maintain(0);
    const plan = await world.query<{ 'QUERY PLAN': string }>(
      'content',
      `EXPLAIN DELETE FROM inbox WHERE consumer = 'c' AND event_id = '${idAt(0)}'`,
    );
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text.match(/Index Scan|Seq Scan/g)).toHaveLength(1);
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
