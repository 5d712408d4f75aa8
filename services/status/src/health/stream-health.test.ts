import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answering, type FakeService, startFakeService, startStatus } from '../testing/harness.ts';

let service: FakeService;
let status: Awaited<ReturnType<typeof startStatus>>;
beforeEach(async () => {
  service = await startFakeService('content');
  status = await startStatus([service]);
});
afterEach(async () => {
  await status.stop();
  await service.stop();
});

interface Frame {
  event: string;
  data: { status?: string; dependencies?: Record<string, string> };
}

/** Opens a stream and collects its frames. */
async function listen() {
  const leave = new AbortController();
  const response = await fetch(`${status.base}/health/events`, { signal: leave.signal });
  const frames: Frame[] = [];
  let ended = false;
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(text.slice(0, end)) ?? [];
        if (event && data) frames.push({ event, data: JSON.parse(data) as Frame['data'] });
        text = text.slice(end + 2);
      }
    }
    ended = true;
  })().catch(() => undefined);
  return { response, frames, ended: () => ended, leave: () => leave.abort(), reading };
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i += 1) await sleep(25);
  if (!what()) throw new Error(`not true within 10 s: ${what}`);
}

describe('GET /health/events', () => {
  it('sends the state at once, and again only when it changes', async () => {
    const stream = await listen();
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    await until(() => stream.frames.length === 1);
    expect(stream.frames[0]).toMatchObject({ event: 'health', data: { status: 'up' } });
    await sleep(2_500);
    expect(stream.frames).toHaveLength(1);
    service.answer = answering('content', ['kafka']);
    await until(() => stream.frames.length === 2);
    expect(stream.frames[1]?.data).toMatchObject({ status: 'down', dependencies: { kafka: 'down' } });
    stream.leave();
    await stream.reading;
  });

  it('asks its clients to reconnect when the process stops, and closes the streams', async () => {
    const streams = await Promise.all([listen(), listen(), listen()]);
    await until(() => streams.every(({ frames }) => frames.length === 1));
    status.drain();
    await until(() => streams.every(({ ended }) => ended()));
    for (const { frames } of streams) expect(frames.at(-1)?.event).toBe('reconnect');
  });
});
