import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { baseUrl, call } from './api.ts';
import { control } from './stack-control.ts';

interface Health {
  status: string;
  dependencies: Record<string, string>;
  services: Record<string, { status: string; dependencies: Record<string, { reason?: string }> }>;
}

const health = () => call<Health>('GET', '/health');
const healthIsUp = (when: string, timeoutMs = 60_000) =>
  eventuallyPasses(
    `health is 200 ${when}`,
    async () => {
      const answer = await health();
      expect(answer).toMatchObject({ status: 200 });
      return answer;
    },
    { timeoutMs },
  );
const dependencies = [
  ['postgres', 'postgres'],
  ['redis', 'redis'],
  ['kafka', 'kafka'],
  ['objectStore', 'objectStore'],
] as const;

afterAll(async () => {
  await healthIsUp('after all tests');
}, 90_000);

// A broker that was killed may take long to start on a busy machine.
describe('GET /health', () => {
  beforeEach(async () => {
    await healthIsUp('before the test');
  }, 90_000);

  it('is 200 with every dependency up', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body.status).toBe('up');
    for (const [, name] of dependencies) expect(body.dependencies[name]).toBe('up');
  }, 200_000);

  it.each(dependencies)(
    'returns 503 and names %s when it dies, and 200 once it is up again, without a restart',
    async (part, name) => {
      await control(part, 'kill');
      try {
        const down = await eventuallyPasses(
          `health says that ${name} is down`,
          async () => {
            const answer = await health();
            expect(answer).toMatchObject({ status: 503, body: { dependencies: { [name]: 'down' } } });
            return answer;
          },
          { timeoutMs: 20_000 },
        );
        expect(down.body.status).toBe('down');
        const others = dependencies
          .filter(([, other]) => other !== name)
          .map(([, other]) => down.body.dependencies[other]);
        expect(others).toEqual(['up', 'up', 'up']);
      } finally {
        await control(part, 'start');
      }
      const back = await healthIsUp(`after ${name} is up again`);
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
    await healthIsUp('after redis is up again', 30_000);
  }, 200_000);

  it('names a service that is down', async () => {
    await control('media', 'kill');
    try {
      await eventuallyPasses(
        'health says that media is down',
        async () =>
          expect(await health()).toMatchObject({
            status: 503,
            body: { services: { media: { status: 'down' } } },
          }),
        { timeoutMs: 20_000 },
      );
    } finally {
      await control('media', 'start');
    }
    await healthIsUp('after media is up again', 30_000);
  }, 200_000);

  it('answers while a dependency hangs, and reports it', async () => {
    await control('postgres', 'pause');
    try {
      // How long the parts of an answer may take is tested in services/status, by their limits.
      await eventuallyPasses(
        'health says that PostgreSQL does not answer in time, while it is paused',
        async () => {
          const { status, body } = await health();
          expect(status).toBe(503);
          expect(body.dependencies).toMatchObject({ postgres: 'down' });
          const reasons = Object.values(body.services).map(
            (service) => service.dependencies.postgres?.reason,
          );
          expect(reasons).toContain('timeout');
        },
        { timeoutMs: 20_000 },
      );
      // The answers keep coming for as long as it is paused.
      for (let i = 0; i < 5; i += 1) expect((await health()).status).toBe(503);
    } finally {
      await control('postgres', 'resume');
    }
    await healthIsUp('after the pause');
  }, 200_000);
});
