import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { sendToDeadLetters } from './consume/dead-letters.ts';
import { createEvent } from './contracts/cloud-event.ts';
import { topics } from './contracts/define-event.ts';
import { findDeadLetter, listDeadLetters, type TailedEvent, tailEvents } from './dead-letter-tools.ts';
import { createEventWorld, type EventWorld, eventually } from './testing/event-world.ts';

let world: EventWorld;
const words = 'My grandmother lives in Hue.';
const submission = createEvent('submission.created', {
  submissionId: uuidv7(),
  userId: uuidv7(),
  courseId: uuidv7(),
  lessonId: uuidv7(),
  exerciseId: uuidv7(),
  kind: 'writing',
  languageTag: 'en',
  level: 'A2',
  prompt: 'Write about your family.',
  expectedText: null,
  text: words,
  assetId: null,
  createdAt: new Date().toISOString(),
});
const topic = () => world.prefix + topics.content;

beforeAll(async () => {
  world = await createEventWorld({ schemas: [] });
  const producer = world.kafka.createProducer();
  const cause = {
    consumer: 'lms.ai',
    cause: 'TypeError',
    attempts: 12,
    topic: topic(),
    partition: 2,
    offset: '41',
  };
  await sendToDeadLetters(producer, { key: submission.key, value: submission.payload }, cause);
  await sendToDeadLetters(
    producer,
    { key: 'x', value: `{"broken": "${words}` },
    { ...cause, cause: 'poison: not JSON' },
  );
  await producer.close();
});
afterAll(() => world.close());

describe('the dead-letter tools', () => {
  it('list dead letters with their causes, without any text that a learner wrote', async () => {
    const letters = await listDeadLetters(world.kafka, topic());
    expect(letters).toMatchObject([
      {
        position: '0:0',
        type: 'submission.created',
        eventId: submission.id,
        cause: 'TypeError',
        attempts: 12,
      },
      { position: '0:1', type: null, eventId: null, cause: 'poison: not JSON', partition: 2, offset: '41' },
    ]);
    expect(JSON.stringify(letters)).not.toContain('grandmother');
  });

  it('show one event without its sensitive fields by default', async () => {
    const shown = await findDeadLetter(world.kafka, topic(), { position: '0:0' });
    expect(shown?.event).toMatchObject({ data: { text: '[redacted]', prompt: 'Write about your family.' } });
    const revealed = await findDeadLetter(world.kafka, topic(), { position: '0:0', reveal: true });
    expect(revealed?.event).toMatchObject({ data: { text: words } });
  });

  it('show the raw value of poison only on request', async () => {
    const shown = await findDeadLetter(world.kafka, topic(), { position: '0:1' });
    expect(JSON.stringify(shown)).not.toContain('grandmother');
    const revealed = await findDeadLetter(world.kafka, topic(), { position: '0:1', reveal: true });
    expect(revealed?.value).toContain('grandmother');
  });

  it('return null for an empty position', async () => {
    expect(await findDeadLetter(world.kafka, topic(), { position: '0:99' })).toBeNull();
  });
});

describe('tailEvents', () => {
  it('shows what is published from now on, without sensitive fields', async () => {
    const stop = new AbortController();
    const seen: TailedEvent[] = [];
    const tail = tailEvents(world.kafka, {
      topics: [topic()],
      onEvent: (event) => seen.push(event),
      signal: stop.signal,
    });
    const producer = world.kafka.createProducer();
    await eventually('an event', async () => {
      await producer.send([{ topic: topic(), key: submission.key, value: submission.payload }]);
      return seen[0];
    });
    stop.abort();
    await tail;
    await producer.close();
    expect(seen[0]?.event).toMatchObject({ type: 'submission.created', data: { text: '[redacted]' } });
  });
});
