import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@lms/errors';
import type { StreamEvent } from '@lms/http';
import type { Deps } from '../deps.ts';
import type { PlatformHealth } from './platform-health.ts';

/** Streams a process keeps open at most; one more is refused. */
const maxStreams = 500;
/** After this long a client is asked to connect again, so that streams spread over new pods. */
const longestMs = 600_000;
const everyMs = 1_000;
let open = 0;

/**
 * Sends the platform's health at once and whenever it changes. Ends with `reconnect` when this process is
 * about to stop, or after ten minutes; `EventSource` connects again by itself.
 * @throws AppError `rate_limited` when too many are open.
 */
export async function streamHealth({
  watchHealth,
  draining,
}: Pick<Deps, 'watchHealth' | 'draining'>): Promise<AsyncIterable<StreamEvent>> {
  if (open >= maxStreams)
    throw new AppError('rate_limited', 'Too many streams are open.', { retryAfterSeconds: 10 });
  return changes({ watchHealth, draining });
}

async function* changes({
  watchHealth,
  draining,
}: Pick<Deps, 'watchHealth' | 'draining'>): AsyncGenerator<StreamEvent> {
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

/** What counts as a change: who is up or down, not how long the answers took. */
function stateOf({ status, services, dependencies }: PlatformHealth): string {
  const up = Object.entries(services).map(([name, service]) => [
    name,
    service.status,
    Object.entries(service.dependencies).map(([need, { status: state }]) => [need, state]),
  ]);
  return JSON.stringify([status, up, dependencies]);
}
