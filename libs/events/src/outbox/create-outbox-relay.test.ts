import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { topics } from '../contracts/define-event.ts';
import type { Kafka, OutgoingMessage } from '../kafka/port.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { appendEvent } from './append-event.ts';
import { awakeLock } from './relay-connection.ts';

let world: EventWorld;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
});
afterAll(() => world.close());

/** What was published, by user: the first occurrence of each number, in the order of the topic. */
async function published(): Promise<Map<string, number[]>> {
  const users = new Map<string, number[]>();
  await world.kafka.readAll(world.prefix + topics.content, ({ key, value }) => {
    const { xp } = JSON.parse(value ?? '').data as { xp: number };
    const numbers = users.get(key ?? '') ?? [];
    users.set(key ?? '', numbers);
    if (!numbers.includes(xp)) numbers.push(xp);
  });
  return users;
}

const append = (userId: string, number: number) =>
  world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));

const outboxIsEmpty = () =>
  eventuallyPasses(
    'the outbox is empty',
    async () => {
      const rows = await world.query('content', 'SELECT count(*) FROM outbox');
      expect(rows).toEqual([{ count: '0' }]);
    },
    { timeoutMs: 20_000 },
  );

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Writes `count` numbered events for each of some users, users side by side. */
async function write(users: string[], count: number): Promise<void> {
  await Promise.all(
    users.map(async (userId) => {
      for (let number = 0; number < count; number += 1) await append(userId, number);
    }),
  );
}

describe('the outbox relay', () => {
  let users: string[];
  beforeEach(() => {
    users = upTo(5).map(() => uuidv7());
  });

  it('publishes every event in order per key, and empties the outbox', async () => {
    const { relay } = await world.startRelay('content');
    await write(users, 40);
    await outboxIsEmpty();
    const seen = await published();
    for (const userId of users) expect(seen.get(userId)).toEqual(upTo(40));
    await relay.stop();
  });

  it('is woken by a commit, long before its next poll', async () => {
    const { relay } = await world.startRelay('content', { pollMs: 600_000 });
    await append(uuidv7(), 0);
    await outboxIsEmpty();
    for (const number of upTo(5)) {
      await append(uuidv7(), number);
      await outboxIsEmpty();
    }
    await relay.stop();
  });

  it('looks by itself while it is busy, without notifications, and is woken again after a rest', async () => {
    const listener = new pg.Client({ connectionString: world.databaseUrl });
    await listener.connect();
    let notified = 0;
    listener.on('notification', () => {
      notified += 1;
    });
    await listener.query('LISTEN outbox_content');
    const { relay } = await world.startRelay('content', { pollMs: 600_000 });
    const awake = async () =>
      (
        await world.query(
          'content',
          `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND (classid::bigint << 32 | objid::bigint) = hashtextextended($1, 0)`,
          [awakeLock('content')],
        )
      ).length > 0;
    await eventuallyPasses('the relay is awake', async () => {
      await append(uuidv7(), 0);
      expect(await awake()).toBe(true);
    });
    await listener.query('SELECT 1');
    const before = notified;
    for (const number of upTo(60)) await append(uuidv7(), number);
    await listener.query('SELECT 1');
    expect(notified - before).toBeLessThan(30);
    await eventuallyPasses('the relay rests', async () => expect(await awake()).toBe(false));
    await outboxIsEmpty();
    const quiet = notified;
    await append(uuidv7(), 0);
    await outboxIsEmpty();
    await listener.query('SELECT 1');
    expect(notified).toBe(quiet + 1);
    await relay.stop();
    await listener.end();
  });

  it('publishes nothing of a transaction that is rolled back', async () => {
    const { relay } = await world.startRelay('content');
    const [userId] = users as [string];
    const failed = world.transactionsOf('content')(async (tx) => {
      await appendEvent(tx, answered(userId, 1));
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await append(uuidv7(), 2);
    await outboxIsEmpty();
    expect((await published()).has(userId)).toBe(false);
    await relay.stop();
  });

  it('is taken over within seconds when the active one loses its connection, again and again', async () => {
    const relays = [await world.startRelay('content'), await world.startRelay('content')];
    let kills = 0;
    const killer = setInterval(async () => {
      const killed = await world.query(
        'content',
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'lms-relay-content'
           AND a.datname = current_database()`,
      );
      kills += killed.length;
    }, 50);
    let number = 0;
    for (; kills < 6; number += 1) for (const userId of users) await append(userId, number);
    clearInterval(killer);
    await outboxIsEmpty();
    const seen = await published();
    for (const userId of users) expect(seen.get(userId)).toEqual(upTo(number));
    await Promise.all(relays.map(({ relay }) => relay.stop()));
  });

  it('lets one of many relays publish at a time', async () => {
    let sending = 0;
    let most = 0;
    const counting: Kafka = {
      ...world.kafka,
      createProducer: () => {
        const producer = world.kafka.createProducer();
        return {
          ...producer,
          async send(messages) {
            sending += 1;
            most = Math.max(most, sending);
            await producer.send(messages).finally(() => {
              sending -= 1;
            });
          },
        };
      },
    };
    const relays = await Promise.all(upTo(3).map(() => world.startRelay('content', { kafka: counting })));
    await write(users, 30);
    await outboxIsEmpty();
    expect(most).toBe(1);
    await Promise.all(relays.map(({ relay }) => relay.stop()));
  });

  it('keeps the order per key and loses nothing when sends fail, even after Kafka has received them', async () => {
    let sends = 0;
    const failing: Kafka = {
      ...world.kafka,
      createProducer: () => {
        const producer = world.kafka.createProducer();
        return {
          ...producer,
          async send(messages: OutgoingMessage[]) {
            sends += 1;
            if (sends % 4 === 1) throw new Error('lost before');
            if (sends % 4 === 2) await producer.send(messages.slice(0, Math.ceil(messages.length / 2)));
            else await producer.send(messages);
            if (sends % 4 !== 0) throw new Error('lost after');
          },
        };
      },
    };
    const { relay } = await world.startRelay('content', { kafka: failing });
    await write(users, 30);
    await outboxIsEmpty();
    const seen = await published();
    for (const userId of users) expect(seen.get(userId)).toEqual(upTo(30));
    await relay.stop();
  });

  it('fits large events into batches that the broker accepts', async () => {
    const [userId] = users as [string];
    const text = 'x'.repeat(10_000);
    await world.transactionsOf('content')(async (tx) => {
      for (const number of upTo(150)) {
        const { data } = answered(userId, number);
        await tx.$executeRawUnsafe(
          `INSERT INTO outbox (event_id, topic, key, payload) VALUES ($1::uuid, $2, $3, $4)`,
          uuidv7(),
          topics.content,
          userId,
          JSON.stringify({ data: { ...data, text } }),
        );
      }
    });
    const { relay } = await world.startRelay('content');
    await outboxIsEmpty();
    expect((await published()).get(userId)).toEqual(upTo(150));
    await relay.stop();
  });

  it('reports published and waiting events', async () => {
    const { relay, metrics } = await world.startRelay('content');
    await write(users, 3);
    await outboxIsEmpty();
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/events_published_total\{service="test"\} 15\n/);
    expect(text).toMatch(/events_outbox_depth\{service="test"\} \d+\n/);
    expect(text).toMatch(/events_outbox_oldest_age_seconds\{service="test"\} /);
    expect(text).toMatch(/events_publish_duration_seconds_count\{service="test"\} [1-9]/);
    await relay.stop();
  });
});
