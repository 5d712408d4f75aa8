import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IncomingMessage, MessageBatch } from '../kafka/port.ts';
import type { StillOurs } from './handle-chunk.ts';

/** Maximum number of messages in one chunk, and so of events in one transaction. */
const chunkSize = 200;

/** A batch that waits, or has messages left. */
interface Waiting {
  batch: MessageBatch;
  from: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** The next messages of a batch. */
interface Part {
  waiting: Waiting;
  messages: IncomingMessage[];
}

/**
 * Handles batches of several partitions together: a fetch brings few events of each, and one transaction for all costs
 * little more than one for a single event. What arrives while transactions run goes into the next one. Messages of a
 * partition are in one chunk at a time, in order.
 *
 * The returned function resolves when its batch is handled, or skipped because the partition is lost or the process
 * stops. When membership of the group ends, it rejects for every batch of the chunk, for it ends for all.
 */
export function joinBatches(options: {
  handle: (messages: IncomingMessage[], stillOurs: StillOurs) => Promise<void>;
  /** Chunks handled at a time. */
  concurrency: number;
  stopping: AbortSignal;
}): (batch: MessageBatch) => Promise<void> {
  const { stopping } = options;
  let queue: Waiting[] = [];
  let lanes = 0;

  const work = async (): Promise<void> => {
    // The other batches of the same fetch arrive in this turn of the event loop.
    await nextTurn();
    for (let parts = takeParts(); parts.length > 0; parts = takeParts()) {
      try {
        await options.handle(
          parts.flatMap(({ messages }) => messages),
          () => stillOurs(parts, stopping),
        );
      } catch (error) {
        for (const { waiting } of parts) waiting.reject(error);
        continue;
      }
      const left = parts.filter(({ waiting, messages }) => {
        waiting.from += messages.length;
        waiting.batch.done(messages.at(-1) as IncomingMessage);
        const isLast = waiting.from === waiting.batch.messages.length;
        if (isLast) waiting.resolve();
        return !isLast;
      });
      queue = [...left.map(({ waiting }) => waiting), ...queue];
    }
    lanes -= 1;
  };

  const takeParts = (): Part[] => {
    const parts: Part[] = [];
    let room = chunkSize;
    while (room > 0 && queue.length > 0) {
      const waiting = queue.shift() as Waiting;
      const { batch, from } = waiting;
      if (stopping.aborted || !batch.isActive()) {
        waiting.resolve();
        continue;
      }
      const messages = batch.messages.slice(from, from + room);
      room -= messages.length;
      parts.push({ waiting, messages });
    }
    return parts;
  };

  return (batch) =>
    new Promise<void>((resolve, reject) => {
      if (batch.messages.length === 0) return resolve();
      queue.push({ batch, from: 0, resolve, reject });
      if (lanes >= options.concurrency) return;
      lanes += 1;
      void work();
    });
}

async function stillOurs(parts: Part[], stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) throw new Error('the consumer is stopping');
  for (const { waiting } of parts) await waiting.batch.heartbeat();
}
