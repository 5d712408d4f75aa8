import type { Logger } from '@lms/runtime';
import { type CloudEvent, parseMessage } from '../contracts/cloud-event.ts';
import type { IncomingMessage, KafkaProducer } from '../kafka/port.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import { replayForHeader, sendToDeadLetters } from './dead-letters.ts';
import type { ParkedEvent } from './inbox.ts';

/** An event for this consumer, and its row if it must be parked. */
export interface Delivery {
  event: CloudEvent;
  parked: ParkedEvent;
}

/** Parses messages, sends poison to the dead letters, and skips events that this consumer does not handle. */
export async function sortOut(
  handling: {
    consumer: string;
    consumers: { find(type: string): unknown };
    deadLetters: KafkaProducer;
    log: Logger;
    metrics: ConsumerMetrics;
  },
  messages: IncomingMessage[],
): Promise<Delivery[]> {
  const { consumer, consumers } = handling;
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    const replayFor = message.headers[replayForHeader];
    if (replayFor !== undefined && replayFor !== consumer) continue;
    const parsed = parseMessage(message.value, (type) => consumers.find(type) !== undefined);
    if (parsed.kind === 'not_wanted') continue;
    if (parsed.kind === 'poison') {
      await buryPoison(handling, message, parsed.cause);
      continue;
    }
    const { event } = parsed;
    const { topic, partition, offset, value } = message;
    const key = message.key ?? event.subject;
    deliveries.push({
      event,
      parked: { eventId: event.id, topic, partition, offset, key, payload: value ?? '' },
    });
  }
  return deliveries;
}

async function buryPoison(
  { consumer, deadLetters, log, metrics }: Parameters<typeof sortOut>[0],
  message: IncomingMessage,
  reason: string,
): Promise<void> {
  const { topic, partition, offset } = message;
  const cause = `poison: ${reason}`;
  await sendToDeadLetters(deadLetters, message, { consumer, cause, attempts: 0, topic, partition, offset });
  metrics.deadLetters.inc({ cause: 'poison' });
  log.error({ topic, partition, offset, cause }, 'a poison message was sent to the dead letters');
}
