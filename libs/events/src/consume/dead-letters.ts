import type { IncomingMessage, KafkaProducer } from '../kafka/port.ts';
import { deadLetterTopic } from '../topics.ts';

/** Header of a replayed event that names the only consumer that handles it. */
export const replayForHeader = 'lms-replay-for';

/** Header of a mark in a dead-letter topic that names the position of a replayed letter. */
export const replayedHeader = 'lms-replayed';

/** Why and where an event was given up; stored in headers, so that the value stays unchanged. */
export interface DeadLetterCause {
  consumer: string;
  cause: string;
  attempts: number;
  topic: string;
  partition: number;
  offset: string;
}

/** Publishes to the dead-letter topic of the event's topic; resolves when Kafka has acknowledged it. */
export async function sendToDeadLetters(
  producer: KafkaProducer,
  message: { key: string | null; value: string | null },
  { consumer, cause, attempts, topic, partition, offset }: DeadLetterCause,
): Promise<void> {
  await producer.send([
    {
      topic: deadLetterTopic(topic),
      key: message.key ?? '',
      value: message.value ?? '',
      headers: {
        'lms-consumer': consumer,
        'lms-cause': cause,
        'lms-attempts': String(attempts),
        'lms-topic': topic,
        'lms-partition': String(partition),
        'lms-offset': offset,
        'lms-dead-at': new Date().toISOString(),
      },
    },
  ]);
}

/** Reads the cause back from a message of a dead-letter topic. */
export function readCause(message: IncomingMessage): DeadLetterCause & { deadAt: string } {
  const { headers } = message;
  return {
    consumer: headers['lms-consumer'] ?? '',
    cause: headers['lms-cause'] ?? '',
    attempts: Number(headers['lms-attempts'] ?? 0),
    topic: headers['lms-topic'] ?? '',
    partition: Number(headers['lms-partition'] ?? 0),
    offset: headers['lms-offset'] ?? '',
    deadAt: headers['lms-dead-at'] ?? '',
  };
}
