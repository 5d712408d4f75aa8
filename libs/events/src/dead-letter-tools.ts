import { type DeadLetterCause, readCause, replayedHeader, replayForHeader } from './consume/dead-letters.ts';
import { type CloudEvent, parseMessage } from './contracts/cloud-event.ts';
import { findContract } from './contracts/event-contracts.ts';
import type { IncomingMessage, Kafka } from './kafka/port.ts';
import { deadLetterTopic } from './topics.ts';

/** A message of a dead-letter topic in readable form. */
export interface DeadLetter extends DeadLetterCause {
  /** `<partition>:<offset>` in the dead-letter topic. */
  position: string;
  /** RFC 3339. */
  deadAt: string;
  /** When it was last replayed, RFC 3339; null if never. */
  replayedAt: string | null;
  eventId: string | null;
  type: string | null;
  key: string | null;
}

/** Dead letters of a topic, oldest first. */
export async function listDeadLetters(kafka: Kafka, topic: string): Promise<DeadLetter[]> {
  return (await readDeadLetters(kafka, topic)).map(({ letter }) => letter);
}

/**
 * One dead letter with its event; a learner's own words are omitted unless `reveal` is set. The raw
 * value of poison is shown only with `reveal`, because its content is unknown. Null if there is none.
 */
export async function findDeadLetter(
  kafka: Kafka,
  topic: string,
  { position, reveal = false }: { position: string; reveal?: boolean },
): Promise<(DeadLetter & { event: object | null; value?: string | null }) | null> {
  const found = (await readDeadLetters(kafka, topic)).find(({ letter }) => letter.position === position);
  if (!found) return null;
  const { letter, message } = found;
  const parsed = parseMessage(message.value);
  if (parsed.kind !== 'event') return { ...letter, event: null, ...(reveal ? { value: message.value } : {}) };
  return { ...letter, event: reveal ? parsed.event : withoutSensitive(parsed.event) };
}

/**
 * Publishes dead letters to their topics again, each for the consumer that gave up on it. Events keep their
 * ids, so an event that was handled has no second effect. Replayed letters are marked in the dead-letter
 * topic and skipped the next time, unless `again` is set. Poison is skipped, because no consumer can handle it.
 * @returns how many were published, and how many matched `filter` but are poison.
 */
export async function replayDeadLetters(
  kafka: Kafka,
  topic: string,
  options: { filter?: (letter: DeadLetter) => boolean; again?: boolean } = {},
): Promise<{ replayed: number; skipped: number }> {
  const { filter = () => true, again = false } = options;
  const chosen = (await readDeadLetters(kafka, topic)).filter(
    ({ letter }) => filter(letter) && (again || letter.replayedAt === null),
  );
  const alive = chosen.filter(({ message }) => parseMessage(message.value).kind === 'event');
  const producer = kafka.createProducer();
  try {
    for (const { letter, message } of alive) {
      const key = message.key ?? '';
      const headers = { [replayForHeader]: letter.consumer };
      await producer.send([{ topic, key, value: message.value ?? '', headers }]);
      // Marks afterwards: after dying in between, the letter is replayed again, and the inbox drops the duplicate.
      const mark = { [replayedHeader]: letter.position };
      await producer.send([{ topic: deadLetterTopic(topic), key, value: '', headers: mark }]);
    }
  } finally {
    await producer.close();
  }
  return { replayed: alive.length, skipped: chosen.length - alive.length };
}

/** An event as tools may show it: fields with a learner's own words read `[redacted]`. */
export function withoutSensitive(event: CloudEvent): object {
  const sensitive = findContract(event.type)?.sensitive ?? [];
  const data = Object.entries(event.data as Record<string, unknown>).map(([name, value]) => [
    name,
    sensitive.includes(name) && value !== null ? '[redacted]' : value,
  ]);
  return { ...event, data: Object.fromEntries(data) };
}

/** A message of an event topic, as `follow` shows it. */
export interface TailedEvent {
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  /** Without sensitive fields; null if it is not an event that this build knows. */
  event: object | null;
}

/** Calls `onEvent` for each event published from now on, until `signal` aborts. */
export async function tailEvents(
  kafka: Kafka,
  {
    topics,
    onEvent,
    signal,
  }: { topics: string[]; onEvent: (event: TailedEvent) => void; signal: AbortSignal },
): Promise<void> {
  await kafka.follow(
    topics,
    ({ topic, partition, offset, key, value }) => {
      const parsed = parseMessage(value);
      const event = parsed.kind === 'event' ? withoutSensitive(parsed.event) : null;
      onEvent({ topic, partition, offset, key, event });
    },
    signal,
  );
}

async function readDeadLetters(
  kafka: Kafka,
  topic: string,
): Promise<{ letter: DeadLetter; message: IncomingMessage }[]> {
  const letters = new Map<string, { letter: DeadLetter; message: IncomingMessage }>();
  const marks: { of: string; at: string }[] = [];
  await kafka.readAll(deadLetterTopic(topic), (message) => {
    const replayed = message.headers[replayedHeader];
    if (replayed !== undefined) {
      marks.push({ of: replayed, at: new Date(message.timestampMs).toISOString() });
      return;
    }
    const parsed = parseMessage(message.value);
    const position = `${message.partition}:${message.offset}`;
    letters.set(position, {
      message,
      letter: {
        ...readCause(message),
        position,
        replayedAt: null,
        eventId: parsed.kind === 'event' ? parsed.event.id : null,
        type: parsed.kind === 'event' ? parsed.event.type : null,
        key: message.key,
      },
    });
  });
  for (const { of, at } of marks) {
    const letter = letters.get(of)?.letter;
    if (letter) letter.replayedAt = at;
  }
  return [...letters.values()];
}
