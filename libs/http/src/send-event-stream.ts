import type { ServerResponse } from 'node:http';

/** One server-sent event; `data` is sent as JSON. */
export interface StreamEvent {
  event: string;
  data: unknown;
  id?: string;
}

const heartbeatMs = 15_000;

/**
 * Sends server-sent events until the source ends or the client disconnects. It turns off buffering in proxies, sends
 * heartbeats and waits for slow readers. The source's `return()` runs when the client disconnects, so a generator can
 * stop its upstream call in `finally`.
 */
export async function sendEventStream(
  res: ServerResponse,
  source: AsyncIterable<StreamEvent>,
): Promise<void> {
  res.statusCode = 200;
  res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  res.setHeader('Cache-Control', 'no-cache, no-transform');
  res.setHeader('X-Accel-Buffering', 'no');
  res.flushHeaders();
  const heartbeat = setInterval(() => res.write(': keep-alive\n\n'), heartbeatMs);
  const iterator = source[Symbol.asyncIterator]();
  const gone = new Promise<IteratorResult<StreamEvent>>((resolve) => {
    res.once('close', () => resolve({ done: true, value: undefined }));
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next.done) break;
      if (!res.write(frameOf(next.value))) {
        await Promise.race([new Promise((resolve) => res.once('drain', resolve)), gone]);
      }
    }
  } finally {
    clearInterval(heartbeat);
    // Not awaited: a source that waits for its upstream must not keep the response open.
    void iterator.return?.(undefined)?.then(undefined, () => undefined);
    res.end();
  }
}

function frameOf({ event, data, id }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
