import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { forgetOldEvents } from './keep-inbox-clean.ts';

let world: EventWorld;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
});
beforeEach(async () => {
  await world.query('content', 'TRUNCATE inbox');
  await world.query(
    'content',
    `INSERT INTO inbox (consumer, event_id, handled_at)
     SELECT 'c', gen_random_uuid(), now() - interval '40 days' + n * interval '1 second' FROM generate_series(1, 4000) AS n
     UNION ALL SELECT 'c', gen_random_uuid(), now() FROM generate_series(1, 10)`,
  );
});
afterAll(() => world.close());

const left = async () =>
  (await world.query<{ count: number }>('content', 'SELECT count(*)::int AS count FROM inbox'))[0]?.count;
const never = new AbortController().signal;

describe('forgetOldEvents', () => {
  it('deletes every old row, and no other', async () => {
    const runTransaction = world.transactionsOf('content');
    expect(await forgetOldEvents({ runTransaction, log: world.log }, never)).toBe(4_000);
    expect(await left()).toBe(10);
  });

  it('goes on with smaller batches when some fail', async () => {
    let calls = 0;
    const runTransaction: ReturnType<EventWorld['transactionsOf']> = async (work) => {
      calls += 1;
      return world.transactionsOf('content')(async (tx) => {
        const result = await work(tx);
        if (calls <= 3) throw new Error('too slow');
        return result;
      });
    };
    expect(await forgetOldEvents({ runTransaction, log: world.log }, never)).toBe(4_000);
    expect(await left()).toBe(10);
  });

  it('stops at once when the process stops', async () => {
    let calls = 0;
    const runTransaction = async () => {
      calls += 1;
      throw new Error('no');
    };
    const stopping = new AbortController();
    const done = forgetOldEvents({ runTransaction, log: world.log }, stopping.signal);
    stopping.abort();
    expect(await done).toBe(0);
    expect(calls).toBe(1);
    expect(await left()).toBe(4_010);
  });
});
