import { type DeadLetterCause, readCause, replayForHeader } from './consume/dead-letters.ts';
import { type CloudEvent, parseMessage } from './contracts/cloud-event.ts';
import { findContract } from './contracts/registry.ts';
import type { IncomingMessage, Kafka } from './kafka/port.ts';
import { deadLetterTopic } from './topics.ts';

/** A message of a dead-letter topic, for people. */
export interface DeadLetter extends DeadLetterCause {
  /** `<partition>:<offset>` in the dead-letter topic. */
  position: string;
  deadAt: string;
  eventId: string | null;
  type: string | null;
  key: string | null;
}

/** Dead letters of a topic, oldest first; at most `limit`, the newest ones. */
export async function listDeadLetters(kafka: Kafka, topic: string, limit = 500): Promise<DeadLetter[]> {
  return (await readDeadLetters(kafka, topic)).map(({ letter }) => letter).slice(-limit);
}

/** One dead letter with its event; what a learner said or wrote is left out. Null when there is none. */
export async function findDeadLetter(
  kafka: Kafka,
  topic: string,
  position: string,
): Promise<(DeadLetter & { event: object | null }) | null> {
  const found = (await readDeadLetters(kafka, topic)).find(({ letter }) => letter.position === position);
  if (!found) return null;
  const parsed = parseMessage(found.message.value);
  return { ...found.letter, event: parsed.kind === 'event' ? withoutSensitive(parsed.event) : null };
}

/**
 * Publishes dead letters to their topics again, each for the consumer that gave it up. Events keep their
 * ids, so replaying one twice has one effect. Poison is left out: it can never be handled.
 * @returns how many were published and left out.
 */
export async function replayDeadLetters(
  kafka: Kafka,
  topic: string,
  filter: (letter: DeadLetter) => boolean = () => true,
): Promise<{ replayed: number; skipped: number }> {
  const chosen = (await readDeadLetters(kafka, topic)).filter(({ letter }) => filter(letter));
  const alive = chosen.filter(({ message }) => parseMessage(message.value).kind === 'event');
  const producer = await kafka.createProducer();
  try {
    for (const { letter, message } of alive) {
      await producer.send([
        {
          topic,
          key: message.key ?? '',
          value: message.value ?? '',
          headers: { [replayForHeader]: letter.consumer },
        },
      ]);
    }
  } finally {
    await producer.close();
  }
  return { replayed: alive.length, skipped: chosen.length - alive.length };
}

/** An event as tools may show it: fields with a learner's own words say `[redacted]`. */
export function withoutSensitive(event: CloudEvent): object {
  const sensitive = findContract(event.type)?.sensitive ?? [];
  const data = Object.entries(event.data as Record<string, unknown>).map(([name, value]) => [
    name,
    sensitive.includes(name) && value !== null ? '[redacted]' : value,
  ]);
  return { ...event, data: Object.fromEntries(data) };
}

async function readDeadLetters(
  kafka: Kafka,
  topic: string,
): Promise<{ letter: DeadLetter; message: IncomingMessage }[]> {
  const letters: { letter: DeadLetter; message: IncomingMessage }[] = [];
  await kafka.readAll(deadLetterTopic(topic), (message) => {
    const parsed = parseMessage(message.value);
    letters.push({
      message,
      letter: {
        ...readCause(message),
        position: `${message.partition}:${message.offset}`,
        eventId: parsed.kind === 'event' ? parsed.event.id : null,
        type: parsed.kind === 'event' ? parsed.event.type : null,
        key: message.key,
      },
    });
  });
  return letters;
}
