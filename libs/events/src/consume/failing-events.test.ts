import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@lms/errors';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { topics } from '../contracts/define-event.ts';
import { listDeadLetters, replayDeadLetters } from '../dead-letter-tools.ts';
import { appendEvent } from '../outbox/append-event.ts';
import { createEffects } from '../testing/effects.ts';
import { createEventWorld, type EventWorld, type TestTransaction } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { defineConsumers, type EventHandler } from './define-consumers.ts';
import type { RetryPolicy } from './failures.ts';

type Answered = EventHandler<'exercise.answered', TestTransaction, undefined>;

let world: EventWorld;
let effects: Awaited<ReturnType<typeof createEffects>>;
const stops: (() => Promise<void>)[] = [];
const quick: RetryPolicy = {
  inlineDelaysMs: [5, 10],
  maxAttempts: 5,
  parkedDelayMs: 100,
  maxParkedDelayMs: 200,
};

beforeAll(async () => {
  world = await createEventWorld({ partitions: 1 });
  effects = await createEffects(world, 'content');
  await world.startRelay('content');
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await effects.clear();
  await world.query('content', 'DELETE FROM parked_events');
});
afterAll(() => world.close());

async function start(
  handler: Answered,
  overrides: Partial<Parameters<EventWorld['startConsumers']>[1]> = {},
) {
  const consumers = defineConsumers({ 'exercise.answered': handler });
  const started = await world.startConsumers('content', { consumers, retryPolicy: quick, ...overrides });
  stops.push(() => started.task.stop());
  return started;
}

const append = (userId: string, number: number) =>
  world.transactionsOf('content')((tx) => appendEvent(tx, answered(userId, number)));
const topic = () => world.prefix + topics.content;
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const lettersOf = async (userId: string) =>
  (await listDeadLetters(world.kafka, topic())).filter(({ key }) => key === userId);
const untilDeadLetter = (userId: string) =>
  eventuallyPasses(
    'the event is among the dead letters',
    async () => expect(await lettersOf(userId)).not.toEqual([]),
    { timeoutMs: 20_000 },
  );

describe('an event that fails', () => {
  it('blocks only its own key, which continues in order after it succeeds', async () => {
    const [unlucky, ...others] = upTo(4).map(() => uuidv7()) as [string, ...string[]];
    let broken = true;
    let attempts = 0;
    await start(
      async (event, context) => {
        if (broken && event.subject === unlucky && event.data.xp === 3) {
          attempts += 1;
          throw new Error('not today');
        }
        await effects.record(event, context);
      },
      { retryPolicy: { ...quick, maxAttempts: 1_000 } },
    );
    for (const number of upTo(10)) for (const userId of [unlucky, ...others]) await append(userId, number);
    await effects.untilCount(33);
    // More than the attempts in line: it is tried again while it is parked.
    await eventuallyPasses('the parked event is tried again', () => expect(attempts).toBeGreaterThan(5), {
      timeoutMs: 20_000,
    });
    for (const userId of others) expect(await effects.of(userId)).toEqual(upTo(10));
    expect(await effects.of(unlucky)).toEqual([0, 1, 2]);
    const parked = await world.query('content', 'SELECT last_error FROM parked_events WHERE key = $1', [
      unlucky,
    ]);
    expect(parked).toHaveLength(7);
    broken = false;
    await effects.untilCount(40);
    expect(await effects.of(unlucky)).toEqual(upTo(10));
    expect(await lettersOf(unlucky)).toEqual([]);
    expect(await world.query('content', 'SELECT 1 FROM parked_events')).toEqual([]);
  });

  it('is rolled back, and every other event of its batch takes effect once', async () => {
    const userId = uuidv7();
    for (const number of upTo(20)) await append(number === 10 ? userId : uuidv7(), number);
    let failures = 0;
    await start(async (event, context) => {
      await effects.record(event, context);
      if (event.subject === userId && failures < 2) {
        failures += 1;
        throw new Error('after its effect');
      }
    });
    await effects.untilCount(20);
    expect(failures).toBe(2);
    expect(await effects.count()).toBe(20);
  });

  it('goes to the dead letters with its cause after the last try, and its key continues', async () => {
    const userId = uuidv7();
    const { metrics } = await start(async (event, context) => {
      if (event.data.xp === 1) throw Object.assign(new TypeError('secret words'), { code: 'E_GRADE' });
      await effects.record(event, context);
    });
    for (const number of upTo(4)) await append(userId, number);
    await effects.untilCount(3);
    expect(await effects.of(userId)).toEqual([0, 2, 3]);
    const [letter, ...more] = await lettersOf(userId);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      consumer: `${world.prefix}lms.content`,
      cause: 'TypeError:E_GRADE',
      attempts: 5,
      type: 'exercise.answered',
      topic: topic(),
      partition: 0,
      key: userId,
    });
    expect(Number(letter?.offset)).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(letter)).not.toContain('secret words');
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/events_dead_letters_total\{cause="attempts",service="test"\} 1\n/);
    expect(text).toMatch(/events_retries_total\{type="exercise.answered",service="test"\} 4\n/);
  });

  it('takes effect when it is replayed, and not a second time when it is replayed again', async () => {
    const userId = uuidv7();
    let broken = true;
    const { metrics } = await start(async (event, context) => {
      if (broken && event.subject === userId) throw new Error('a bug');
      await effects.record(event, context);
    });
    // Another group reads the topic too, and must skip the replay.
    await world.query('auth', 'CREATE TABLE IF NOT EXISTS seen (id text)');
    const other = await world.startConsumers('auth', {
      consumers: defineConsumers({
        'exercise.answered': async (event, { tx }) => {
          if (event.subject === userId) await tx.$executeRawUnsafe('INSERT INTO seen VALUES ($1)', event.id);
        },
      }),
    });
    stops.push(() => other.task.stop());
    await append(userId, 1);
    await untilDeadLetter(userId);
    broken = false;
    const mine = { filter: ({ key }: { key: string | null }) => key === userId };
    expect(await replayDeadLetters(world.kafka, topic(), mine)).toEqual({ replayed: 1, skipped: 0 });
    await effects.untilCount(1);
    // The second replay finds nothing left to do; a forced one is dropped by the inbox.
    expect(await replayDeadLetters(world.kafka, topic(), mine)).toEqual({ replayed: 0, skipped: 0 });
    const forced = await replayDeadLetters(world.kafka, topic(), { ...mine, again: true });
    expect(forced).toEqual({ replayed: 1, skipped: 0 });
    await append(uuidv7(), 2);
    await effects.untilCount(2);
    expect(await effects.of(userId)).toEqual([1]);
    expect(await metrics.registry.metrics()).toMatch(/events_duplicates_total\{service="test"\} 1\n/);
    const seen = await eventuallyPasses(
      'the other group sees the event',
      async () => {
        const rows = await world.query('auth', 'SELECT id FROM seen');
        expect(rows).not.toEqual([]);
        return rows;
      },
      { timeoutMs: 20_000 },
    );
    expect(seen).toHaveLength(1);
    expect(await other.metrics.registry.metrics()).toMatch(/events_duplicates_total\{service="test"\} 0\n/);
  });
});

describe('a poison message', () => {
  const event = (overrides: object) => {
    const { type, data } = answered(uuidv7(), 1);
    return {
      ...{ specversion: '1.0', id: uuidv7(), source: '/services/content', type, subject: data.userId },
      ...{ time: new Date().toISOString(), datacontenttype: 'application/json' },
      ...{ dataschema: 'urn:lms:event:exercise.answered:1', data },
      ...overrides,
    };
  };
  it.each([
    ['not JSON', '{"specversion', 'poison: not JSON'],
    ['JSON, but no event', '{"hello":"world"}', /^poison: not a CloudEvent: .*specversion/],
    [
      'an event of an unknown version',
      JSON.stringify(event({ dataschema: 'urn:lms:event:exercise.answered:99' })),
      'poison: unknown version of exercise.answered',
    ],
    [
      'an event with invalid data',
      JSON.stringify(event({ data: { userId: 'x' } })),
      /^poison: invalid data: answerId/,
    ],
  ])(
    'goes straight to the dead letters when it is %s, and later events are handled',
    async (_what, value, cause) => {
      const key = uuidv7();
      await start(effects.record);
      const producer = world.kafka.createProducer();
      await producer.send([{ topic: topic(), key, value }]);
      await producer.close();
      await append(key, 1);
      await effects.untilCount(1);
      const [letter] = await lettersOf(key);
      expect(letter).toMatchObject({ attempts: 0, cause: expect.stringMatching(cause) });
      // A replay skips it, because no consumer can handle it.
      const replay = await replayDeadLetters(world.kafka, topic(), { filter: (found) => found.key === key });
      expect(replay).toEqual({ replayed: 0, skipped: 1 });
    },
  );

  it('is ignored when its type is not handled here', async () => {
    const key = uuidv7();
    await start(effects.record);
    const producer = world.kafka.createProducer();
    const value = JSON.stringify(
      event({ type: 'course.published', dataschema: 'urn:lms:event:course.published:9' }),
    );
    const unknown = JSON.stringify(event({ type: 'from.the.future' }));
    await producer.send([value, unknown].map((text) => ({ topic: topic(), key, value: text })));
    await producer.close();
    await append(key, 1);
    await effects.untilCount(1);
    expect(await lettersOf(key)).toEqual([]);
  });
});

describe("a failure that is not the event's fault", () => {
  it.each([
    ['PostgreSQL is down', () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a deadlock', () => Object.assign(new Error('deadlock detected'), { code: '40P01' })],
    ['Prisma could not reach the database', () => Object.assign(new Error('x'), { code: 'P1001' })],
    ['a dependency of the handler is down', () => new AppError('dependency_unavailable', 'Redis is down.')],
  ])('is retried without counting an attempt: %s', async (_what, failure) => {
    const userId = uuidv7();
    let failures = 0;
    const { metrics } = await start(
      async (event, context) => {
        if (event.subject === userId && failures < 3) {
          failures += 1;
          throw failure();
        }
        await effects.record(event, context);
      },
      { retryPolicy: { ...quick, inlineDelaysMs: [], maxAttempts: 1 } },
    );
    for (const number of upTo(3)) await append(userId, number);
    await effects.untilCount(3);
    expect(await effects.of(userId)).toEqual(upTo(3));
    expect(failures).toBe(3);
    expect(await lettersOf(userId)).toEqual([]);
    expect(await metrics.registry.metrics()).not.toMatch(/events_retries_total\{type/);
  });

  it('does not dead-letter when connections die under the handlers', async () => {
    const users = upTo(5).map(() => uuidv7());
    let kills = 0;
    const kill = setInterval(async () => {
      const killed = await world.query(
        'auth',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'INSERT INTO effects%'`,
      );
      kills += killed.length;
    }, 20);
    await start(effects.record);
    let number = 0;
    for (; kills < 5; number += 1) await Promise.all(users.map((userId) => append(userId, number)));
    clearInterval(kill);
    await effects.untilCount(users.length * number);
    for (const userId of users) expect(await effects.of(userId)).toEqual(upTo(number));
    for (const userId of users) expect(await lettersOf(userId)).toEqual([]);
  });

  it('keeps a dead letter until Kafka takes it', async () => {
    const userId = uuidv7();
    let failures = 0;
    const sulking = {
      ...world.kafka,
      createProducer: () => {
        const producer = world.kafka.createProducer();
        return {
          ...producer,
          async send(messages: Parameters<typeof producer.send>[0]) {
            failures += 1;
            if (failures < 3) throw Object.assign(new Error('no broker'), { name: 'KafkaJSConnectionError' });
            await producer.send(messages);
          },
        };
      },
    };
    await start(
      async () => {
        throw new Error('never');
      },
      { kafka: sulking },
    );
    await append(userId, 1);
    await untilDeadLetter(userId);
    expect(failures).toBe(3);
  });
});
