import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingMessage } from '../port.ts';

/** A message of kafkajs as our port has it: text instead of buffers. */
export function incoming(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
  return {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString('utf8') ?? null,
    value: message.value?.toString('utf8') ?? null,
    headers: textHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      String(Array.isArray(value) ? value[0] : (value ?? '')),
    ]),
  );
}
