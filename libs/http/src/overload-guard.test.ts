import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics } from '@lms/runtime';
import { eventuallyPasses } from '@lms/testing';
import { createOverloadGuard, type OverloadOptions } from './overload-guard.ts';
import type { Problem } from './problem.ts';
import { defineRoute, type Route } from './route.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const settings = { method: 'get', summary: 'A route', tag: 'Test', auth: 'public' } as const;
const quick = defineRoute({
  ...{ ...settings, path: '/quick', output: { status: 204 } },
  handler: async () => undefined,
});
const health = defineRoute({
  ...{ ...settings, path: '/health', output: { status: 204 }, evenOverloaded: true },
  handler: async () => undefined,
});

let app: TestApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** Reacts to the first long delay, and to the first request. */
const eager = { alwaysAdmitted: 0, samplesUntilRefusal: 1 };
const silent = () => ({
  log: createLogger({ service: 'test', level: 'silent' }),
  metrics: createMetrics({ service: 'test', nodeMetrics: false }),
});

async function start(overload: OverloadOptions, routes: Route<object>[] = []): Promise<void> {
  app = await startTestApp({
    routes: [quick, health, ...routes],
    deps: {},
    overload: { ...eager, ...overload },
  });
}
const running = () => {
  if (!app) throw new Error('no app was started');
  return app;
};
const status = async (path: string) => (await running().call('GET', path)).status;
/** The share of 200 requests that is refused. */
async function refusedOf200(): Promise<number> {
  let refused = 0;
  for (let i = 0; i < 200; i += 1) if ((await status('/quick')) === 503) refused += 1;
  return refused / 200;
}
const metric = async (text: string) =>
  Number(
    (await running().metrics.registry.metrics())
      .split('\n')
      .find((line) => line.startsWith(text))
      ?.split(' ')[1],
  );

describe('a process with too much work', () => {
  it('refuses at once, says when to come back, and is counted, but never its health', async () => {
    await start({ readDelayMs: () => 10_000, maxDelayMs: 150, sampleMs: 0, random: () => 0 });
    const refused = await running().call('GET', '/quick', { headers: { 'x-request-id': 'refused-one' } });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
    expect(refused.headers.get('x-request-id')).toBe('refused-one');
    expect(['1', '2', '3']).toContain(refused.headers.get('retry-after'));
    expect((await refused.json()) as Problem).toMatchObject({ code: 'overloaded', status: 503 });
    for (let i = 0; i < 20; i += 1) expect(await status('/health')).toBe(204);
    expect(await metric('http_requests_shed_total{reason="event_loop"')).toBeGreaterThanOrEqual(1);
  });

  it('says so in the log once a second, not for each request', async () => {
    await start({ readDelayMs: () => 10_000, sampleMs: 0, random: () => 0 });
    for (let i = 0; i < 20; i += 1) await status('/quick');
    const warnings = running()
      .logged()
      .filter(({ msg }) => msg === 'requests are refused: too much work');
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.length).toBeLessThan(20);
    expect(
      running()
        .logged()
        .filter(({ msg }) => msg === 'request'),
    ).toEqual([]);
  });

  it('refuses as many as it takes: the delay follows the load', () => {
    // A loop at twice its capacity: its delay is 300 ms if it admits everybody, and less in proportion to those admitted.
    let recentlyAdmitted = 1;
    const readDelayMs = () => 300 * recentlyAdmitted;
    const guard = createOverloadGuard(silent(), {
      ...{ ...eager, maxDelayMs: 150, sampleMs: 0, readDelayMs, random: createRandom() },
    });
    let admitted = 0;
    for (let i = 0; i < 6_000; i += 1) {
      const admits = guard.admits();
      recentlyAdmitted += 0.02 * (Number(admits) - recentlyAdmitted);
      // The first ones find the share.
      if (i >= 1_000 && admits) admitted += 1;
    }
    // Half of them is what it can do.
    expect(admitted / 5_000).toBeGreaterThan(0.4);
    expect(admitted / 5_000).toBeLessThan(0.6);
  });

  it('admits everybody again when the delay has gone', async () => {
    let delayMs = 10_000;
    await start({ readDelayMs: () => delayMs, sampleMs: 1 });
    await eventuallyPasses('most are refused', async () => expect(await refusedOf200()).toBeGreaterThan(0.8));
    delayMs = 0;
    await eventuallyPasses('none is refused', async () => expect(await refusedOf200()).toBe(0));
  });

  it('works on a limited number of requests, not counting open streams', async () => {
    let finish = () => {};
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await start({ maxInFlight: 2 }, [
      defineRoute({
        ...{ ...settings, path: '/slow', output: { status: 204 } },
        handler: () => waiting as Promise<undefined>,
      }),
      defineRoute({
        ...{ ...settings, path: '/stream' },
        output: { status: 200, body: { contentTypes: ['text/event-stream'] } },
        handler: async (): Promise<unknown> => events(waiting),
      }),
    ]);
    const streams = await Promise.all([running().call('GET', '/stream'), running().call('GET', '/stream')]);
    const slow = [running().call('GET', '/slow'), running().call('GET', '/slow')];
    await eventuallyPasses('both are in flight', async () =>
      expect(await metric('http_requests_in_flight')).toBe(2),
    );
    expect(await status('/quick')).toBe(503);
    expect(await metric('http_requests_shed_total{reason="in_flight"')).toBe(1);
    expect(await status('/health')).toBe(204);
    finish();
    for (const answer of await Promise.all(slow)) expect(answer.status).toBe(204);
    await Promise.all(streams.map((answer) => answer.text()));
    await eventuallyPasses('nothing is in flight', async () =>
      expect(await metric('http_requests_in_flight')).toBe(0),
    );
    expect(await status('/quick')).toBe(204);
  });
});

describe('a process with little work', () => {
  it('refuses nobody after a pause of its event loop, only after several in a row', () => {
    const delays = [10_000, 0, 10_000, 10_000, 0, 10_000, 10_000, 10_000];
    const guard = createOverloadGuard(silent(), {
      ...{ alwaysAdmitted: 0, samplesUntilRefusal: 3, sampleMs: 0, random: () => 0 },
      readDelayMs: () => delays.shift() ?? 0,
    });
    const admitted = Array.from({ length: 8 }, () => guard.admits());
    expect(admitted).toEqual([true, true, true, true, true, true, true, false]);
  });

  it('refuses none of a few requests, however slow the machine is', () => {
    const guard = createOverloadGuard(silent(), {
      ...{ alwaysAdmitted: 2, samplesUntilRefusal: 1, sampleMs: 0, random: () => 0 },
      readDelayMs: () => 10_000,
    });
    for (const admits of [true, true, false]) {
      expect(guard.admits()).toBe(admits);
      guard.enter();
    }
  });

  it('measures its event loop, and refuses nobody', async () => {
    await start({});
    expect(await refusedOf200()).toBe(0);
  });
});

async function* events(waiting: Promise<void>) {
  yield { event: 'open', data: {} };
  await waiting;
}

/** Numbers from 0 to 1, the same ones in every run (a linear congruential generator, Numerical Recipes). */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
