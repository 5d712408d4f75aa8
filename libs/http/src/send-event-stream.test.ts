import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { defineRoute } from './route.ts';
import type { StreamEvent } from './send-event-stream.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

let ended = 0;
async function* words(count: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  try {
    for (let i = 0; i < count; i += 1) {
      yield { event: 'word', id: String(i), data: { text: `line\n${i}` } };
      await sleep(10, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    ended += 1;
  }
}
const stream = (path: string, count: number) =>
  defineRoute({
    method: 'get',
    path,
    summary: 'Streams',
    tag: 'Test',
    auth: 'public',
    output: { status: 200 },
    timeoutMs: 200,
    handler: async ({ signal }) => words(count, signal) as never,
  });

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ routes: [stream('/short', 3), stream('/long', 100_000)], deps: {} });
});
afterAll(() => app.close());

describe('event streams', () => {
  it('send each event as one frame, unbuffered and uncached', async () => {
    const answer = await app.call('GET', '/short');
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(answer.headers.get('cache-control')).toContain('no-cache');
    const frames = (await answer.text()).split('\n\n').filter(Boolean);
    expect(frames).toHaveLength(3);
    expect(frames[1]).toBe('id: 1\nevent: word\ndata: {"text":"line\\n1"}');
  });

  it('outlive the time limit of other responses, and end their source when the client disconnects', async () => {
    const before = ended;
    const leave = new AbortController();
    const answer = await app.call('GET', '/long', { signal: leave.signal });
    const reader = answer.body?.getReader();
    await sleep(400);
    expect((await reader?.read())?.done).toBe(false);
    leave.abort();
    await eventuallyPasses('the server notices that the client is gone', () =>
      expect(ended).toBe(before + 1),
    );
  });
});
