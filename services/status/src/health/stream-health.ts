import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@lms/errors';
import { defineRoute, type StreamEvent } from '@lms/http';
import type { Deps } from '../deps.ts';
import type { PlatformHealth } from './platform-health.ts';

/** Maximum number of open streams per process; one more is refused. */
const maxStreams = 500;
/** After this long a client is asked to reconnect, so that streams spread over new pods. */
const longestMs = 600_000;
const everyMs = 1_000;
let open = 0;

type StreamDeps = Pick<Deps, 'watchHealth' | 'draining'>;

/**
 * Sends the platform's health at once and whenever it changes. Ends with `reconnect` when this process is
 * about to stop, or after ten minutes; `EventSource` connects again by itself.
 */
export const streamHealth = defineRoute({
  method: 'get',
  path: '/health/events',
  summary: 'Stream the health as server-sent events, at once and on every change',
  tag: 'Status',
  auth: 'public',
  output: { status: 200, body: { contentTypes: ['text/event-stream'] } },
  rateLimit: { name: 'health-events', limit: 60, windowSeconds: 60 },
  handler: async (_input, deps: StreamDeps): Promise<unknown> => {
    if (open >= maxStreams)
      throw new AppError('rate_limited', 'Too many streams are open.', { retryAfterSeconds: 10 });
    return changes(deps);
  },
});

async function* changes({ watchHealth, draining }: StreamDeps): AsyncGenerator<StreamEvent> {
  open += 1;
  try {
    const until = performance.now() + longestMs;
    let last = '';
    while (!draining.aborted && performance.now() < until) {
      const health = await watchHealth();
      const state = stateOf(health);
      if (state !== last) yield { event: 'health', data: health };
      last = state;
      await sleep(everyMs, undefined, { signal: draining }).catch(() => undefined);
    }
    yield { event: 'reconnect', data: {} };
  } finally {
    open -= 1;
  }
}

/** The part of the state that counts as a change: what is up or down, not how long the responses took. */
function stateOf({ status, services, dependencies }: PlatformHealth): string {
  const up = Object.entries(services).map(([name, service]) => [
    name,
    service.status,
    Object.entries(service.dependencies).map(([need, { status: state }]) => [need, state]),
  ]);
  return JSON.stringify([status, up, dependencies]);
}
