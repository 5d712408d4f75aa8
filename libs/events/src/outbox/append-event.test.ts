import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { appendEvent } from './append-event.ts';

let world: EventWorld;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
  await world.query('content', 'CREATE TABLE writes (user_id uuid, number int)');
});
afterAll(() => world.close());

const outbox = () =>
  world.query<{ key: string; xp: number; event: { source: string; subject: string } }>(
    'content',
    `SELECT key, payload::jsonb AS event, (payload::jsonb->'data'->>'xp')::int AS xp FROM outbox ORDER BY seq`,
  );

describe('appendEvent', () => {
  it('writes a CloudEvent of the service that publishes the topic, keyed by its aggregate', async () => {
    const userId = uuidv7();
    const id = await world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, 7)));
    const [row] = await outbox();
    expect(row).toMatchObject({
      key: userId,
      xp: 7,
      event: {
        id,
        specversion: '1.0',
        type: 'exercise.answered',
        source: '/services/content',
        subject: userId,
      },
    });
    await world.query('content', 'DELETE FROM outbox');
  });

  it('leaves nothing behind when the transaction is rolled back', async () => {
    const failed = world.transactionsOf('content')(async (tx) => {
      await appendEvent(tx, answered(uuidv7(), 1));
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await outbox()).toEqual([]);
  });

  it('refuses data that does not fit the contract, naming the field and no value', async () => {
    const event = answered(uuidv7(), -5);
    const failed = world.transactionsOf('content')((tx) => appendEvent(tx, event));
    await expect(failed).rejects.toThrow(/exercise\.answered does not match its contract: xp: /);
    await expect(failed).rejects.not.toThrow(/-5/);
    expect(await outbox()).toEqual([]);
  });

  it('numbers the events of a key in the order of their commits, however transactions overlap', async () => {
    const userId = uuidv7();
    let committed = 0;
    const order: number[] = [];
    const append = (number: number, holdMs: number) =>
      world
        .transactionsOf('content')(async (tx) => {
          await tx.$executeRawUnsafe('INSERT INTO writes VALUES ($1::uuid, $2)', userId, number);
          await appendEvent(tx, answered(userId, number));
          // Without the lock, a transaction that reaches it later would commit sooner.
          await sleep(holdMs);
        })
        .then(() => {
          committed += 1;
          order.push(number);
        });
    await Promise.all(Array.from({ length: 8 }, (_, i) => append(i, 40 - i * 5)));
    expect(committed).toBe(8);
    expect((await outbox()).map(({ xp }) => xp)).toEqual(order);
  });

  it('does not make transactions of different keys wait for each other', async () => {
    const both = Promise.withResolvers<void>();
    let inside = 0;
    const append = () =>
      world.transactionsOf('content')(async (tx) => {
        await appendEvent(tx, answered(uuidv7(), 1));
        inside += 1;
        if (inside === 2) both.resolve();
        await both.promise;
      });
    await Promise.all([append(), append()]);
    expect(inside).toBe(2);
  });
});
