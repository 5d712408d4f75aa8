import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { baseUrl, call, eventually } from './api.ts';
import { control } from './stack-control.ts';

interface Health {
  status: string;
  dependencies: Record<string, string>;
}

const health = () => call<Health>('GET', '/health');
const dependencies = [
  ['postgres', 'postgres'],
  ['redis', 'redis'],
  ['kafka', 'kafka'],
  ['objectStore', 'objectStore'],
] as const;

afterAll(async () => {
  await eventually(
    'health after all tests',
    async () => ((await health()).status === 200 ? true : undefined),
    60_000,
  );
}, 90_000);

// A broker that was killed takes its time to start on a busy machine.
describe('GET /health', () => {
  beforeEach(
    () =>
      eventually('everything up', async () => ((await health()).status === 200 ? true : undefined), 60_000),
    90_000,
  );

  it('is 200 with every dependency up', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body.status).toBe('up');
    for (const [, name] of dependencies) expect(body.dependencies[name]).toBe('up');
  }, 200_000);

  it.each(dependencies)(
    'turns 503 naming %s when it dies, and 200 when it is back, without a restart',
    async (part, name) => {
      await control(part, 'kill');
      try {
        const down = await eventually(`health naming ${name}`, async () => {
          const answer = await health();
          return answer.status === 503 && answer.body.dependencies[name] === 'down' ? answer : undefined;
        });
        expect(down.body.status).toBe('down');
        const others = dependencies
          .filter(([, other]) => other !== name)
          .map(([, other]) => down.body.dependencies[other]);
        expect(others).toEqual(['up', 'up', 'up']);
      } finally {
        await control(part, 'start');
      }
      const back = await eventually(
        `health after ${name} came back`,
        async () => {
          const answer = await health();
          return answer.status === 200 ? answer : undefined;
        },
        60_000,
      );
      expect(back.body.dependencies[name]).toBe('up');
    },
    200_000,
  );

  it('streams its changes through the ingress, as they happen', async () => {
    const leave = new AbortController();
    const response = await fetch(`${baseUrl}/health/events`, { signal: leave.signal });
    const reader = response.body?.getReader();
    const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toContain('"status":"up"');
    await control('redis', 'kill');
    try {
      expect(await next()).toContain('"redis":"down"');
    } finally {
      await control('redis', 'start');
    }
    expect(await next()).toContain('event: health');
    leave.abort();
    await eventually('redis back', async () => ((await health()).status === 200 ? true : undefined), 30_000);
  }, 200_000);

  it('names a service that is down', async () => {
    await control('media', 'kill');
    try {
      await eventually('health naming media', async () => {
        const answer = await call<{ services: Record<string, { status: string }> }>('GET', '/health');
        return answer.status === 503 && answer.body.services.media?.status === 'down' ? true : undefined;
      });
    } finally {
      await control('media', 'start');
    }
    await eventually('media back', async () => ((await health()).status === 200 ? true : undefined), 30_000);
  }, 200_000);

  // A machine that is busy with something else gets another chance.
  describe('with another chance on a busy machine', () => {
    jest.retryTimes(2, { entireDescribe: true });
    it('answers within a second, also while a dependency hangs', async () => {
      await control('postgres', 'pause');
      try {
        for (let i = 0; i < 5; i += 1) {
          const started = performance.now();
          await health();
          expect(performance.now() - started).toBeLessThan(1_000);
        }
      } finally {
        await control('postgres', 'resume');
      }
      await eventually(
        'health after the pause',
        async () => ((await health()).status === 200 ? true : undefined),
        60_000,
      );
    }, 200_000);
  });
});
