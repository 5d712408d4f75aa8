import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { topics } from '../contracts/define-event.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { appendEvent } from './append-event.ts';
import { createLowerBound } from './lower-bound.ts';
import { batchSize, deleteAndRead, deleteAndReadNext, maxBatchBytes, type OutboxRow } from './outbox-rows.ts';

let world: EventWorld;
let client: pg.Client;
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
  client = new pg.Client({ connectionString: world.databaseUrl, options: '-c search_path=content' });
  await client.connect();
});
beforeEach(async () => {
  await world.query('content', 'TRUNCATE outbox');
});
afterAll(async () => {
  await client.end();
  await world.close();
});

async function fill(count: number): Promise<void> {
  await world.query(
    'content',
    `INSERT INTO outbox (event_id, topic, key, payload)
     SELECT gen_random_uuid(), 't', n::text, repeat('x', 600) FROM generate_series(1, $1::int) AS n`,
    [count],
  );
}

/** Publishes as the relay does, to nowhere; returns the numbers in the order in which they were read. */
async function publishAll(
  bound: ReturnType<typeof createLowerBound>,
  onBatch: () => Promise<void> = async () => undefined,
): Promise<bigint[]> {
  const numbers: bigint[] = [];
  let published: OutboxRow[] = [];
  do {
    published = await deleteAndReadNext(client, bound, published);
    numbers.push(...published.map(({ seq }) => BigInt(seq)));
    await onBatch();
  } while (published.length > 0);
  return numbers;
}

/** Pages touched by reading the next batch from number `from`. */
async function pagesFrom(from: string): Promise<number> {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${deleteAndRead}`, [
    batchSize,
    maxBatchBytes,
    [],
    from,
  ]);
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

const append = (userId: string, number: number) =>
  world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));

describe('the lower bound of the outbox', () => {
  it('keeps a batch small while an old snapshot keeps every published row', async () => {
    const backup = new pg.Client({ connectionString: world.databaseUrl });
    await backup.connect();
    await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await backup.query('SELECT 1 FROM content.outbox');
    const bound = createLowerBound(client);
    const pages: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await fill(2_000);
      await publishAll(bound, async () => {
        pages.push(await pagesFrom(bound.value()));
      });
    }
    // What each batch would touch without it: the 20,000 rows that the snapshot still sees.
    expect(await pagesFrom('0')).toBeGreaterThan(1_500);
    expect(Math.max(...pages)).toBeLessThan(500);
    await backup.end();
  });

  it('begins a session above what earlier ones published', async () => {
    await fill(3_000);
    const first = createLowerBound(client);
    await publishAll(first);
    const bound = createLowerBound(client);
    expect(await publishAll(bound)).toEqual([]);
    expect(BigInt(bound.value())).toBeGreaterThan(3_000n);
  });

  it('never passes a transaction that has drawn a number and commits late', async () => {
    const bound = createLowerBound(client);
    const late = new pg.Client({ connectionString: world.databaseUrl, options: '-c search_path=content' });
    await late.connect();
    await late.query('BEGIN');
    const { rows } = await late.query<{ seq: string }>(
      "INSERT INTO outbox (event_id, topic, key, payload) VALUES (gen_random_uuid(), 't', 'late', '') RETURNING seq",
    );
    const number = BigInt(rows[0]?.seq ?? 0);
    for (let round = 0; round < 5; round += 1) {
      await fill(2_000);
      const numbers = await publishAll(bound);
      expect(numbers).toHaveLength(2_000);
      expect(numbers[0]).toBeGreaterThan(number);
      expect(BigInt(bound.value())).toBeLessThanOrEqual(number);
    }
    await late.query('COMMIT');
    expect(await publishAll(bound)).toEqual([number]);
    await eventuallyPasses('the bound passes the number once its transaction has ended', async () => {
      expect(await publishAll(bound)).toEqual([]);
      expect(BigInt(bound.value())).toBeGreaterThan(number + 5_000n);
    });
    await late.end();
  });

  it('lets nothing be lost or overtaken in its key while transactions of all lengths overlap', async () => {
    const users = Array.from({ length: 12 }, () => uuidv7());
    const { relay } = await world.startRelay('content', { pollMs: 50 });
    const count = 60;
    await Promise.all(
      users.map(async (userId, user) => {
        for (let number = 0; number < count; number += 1) {
          await world.transactionsOf('content')(async (tx) => {
            await appendEvent(tx, answered(userId, number));
            // Enough rows for the bound to move all the time, while some transactions stay open.
            if (user === 0)
              await tx.$executeRawUnsafe(
                `INSERT INTO outbox (event_id, topic, key, payload)
                 SELECT gen_random_uuid(), '${topics.auth}', 'other', '{"data":{}}' FROM generate_series(1, 300)`,
              );
            await tx.$queryRawUnsafe('SELECT pg_sleep($1)', Math.random() * (user % 4) * 0.02);
          });
        }
      }),
    );
    await append(uuidv7(), 0);
    await eventuallyPasses(
      'the outbox is empty',
      async () => expect(await world.query('content', 'SELECT 1 FROM outbox LIMIT 1')).toEqual([]),
      { timeoutMs: 30_000 },
    );
    const seen = new Map(users.map((userId) => [userId, [] as number[]]));
    await world.kafka.readAll(world.prefix + topics.content, ({ key, value }) => {
      seen.get(key ?? '')?.push(JSON.parse(value ?? '').data.xp);
    });
    for (const userId of users)
      expect(seen.get(userId)).toEqual(Array.from({ length: count }, (_, number) => number));
    await relay.stop();
  });
});
