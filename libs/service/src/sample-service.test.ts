import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@lms/errors';
import type { CloudEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { eventuallyPasses } from '@lms/testing';
import { type Harness, startHarness } from '@lms/testing/harness';
import { v7 as uuidv7 } from 'uuid';
import { defineService } from './define-service.ts';
import { declaration, notes } from './testing/sample-service.ts';

let harness: Awaited<ReturnType<typeof start>>;
const start = () => startHarness(notes, { logLevel: 'trace' });
beforeAll(async () => {
  harness = await start();
});
afterAll(() => harness?.stop());

const revocationOf = (sessionId: string, expiresInMs: number): CloudEvent<'session.revoked'> => ({
  ...{ specversion: '1.0', id: uuidv7(), source: '/services/auth', type: 'session.revoked' },
  ...{ subject: sessionId, time: new Date().toISOString(), datacontenttype: 'application/json' },
  dataschema: 'urn:lms:event:session.revoked:1',
  data: {
    ...{ sessionId, userId: uuidv7(), reason: 'logout', revokedAt: new Date().toISOString() },
    accessTokensExpireAt: new Date(Date.now() + expiresInMs).toISOString(),
  },
});

describe('routes', () => {
  it('answer with the dependencies of the service', async () => {
    const { status, body, headers } = await harness.call(null, 'GET', '/greeting');
    expect([status, body]).toEqual([200, { text: 'hello' }]);
    expect(headers.get('ratelimit-policy')).toContain('"default"');
  });

  it('accept only tokens signed with the declared keys', async () => {
    expect((await harness.call(null, 'POST', '/notes')).status).toBe(401);
    const user = await harness.user();
    expect(await harness.call(user, 'POST', '/notes')).toMatchObject({
      status: 201,
      body: { authorId: user.userId },
    });
  });

  it('answer 503 when the database cannot be reached', async () => {
    const unreachable = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const note = { ...harness.deps.prisma.note, create: () => Promise.reject(unreachable) };
    const prisma = { ...harness.deps.prisma, note } as unknown as typeof harness.deps.prisma;
    const other = await harness.withDeps({ prisma });
    try {
      const answer = await other.call(await harness.user(), 'POST', '/notes');
      expect([answer.status, answer.body.code]).toEqual([503, 'dependency_unavailable']);
    } finally {
      await other.close();
    }
  });
});

describe('session.revoked', () => {
  it('makes the service refuse the tokens of the session', async () => {
    const sessionId = uuidv7();
    const user = await harness.user('learner', sessionId);
    expect((await harness.call(user, 'POST', '/notes')).status).toBe(201);
    await harness.handle(revocationOf(sessionId, 600_000));
    expect(await harness.call(user, 'POST', '/notes')).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
  });

  it('is stored until the last token has expired, and not stored if that time is past', async () => {
    const [current, past] = [uuidv7(), uuidv7()];
    await harness.handle(revocationOf(current, 100_000));
    await harness.handle(revocationOf(past, -1_000));
    const { redis } = harness.deps;
    const ttl = await redis.ttl(`session:revoked:${current}`);
    expect(ttl).toBeGreaterThan(90);
    expect(ttl).toBeLessThanOrEqual(100);
    expect(await redis.exists(`session:revoked:${past}`)).toBe(0);
  });
});

describe('health and readiness', () => {
  it('report the dependencies of every service and those that this one adds', async () => {
    const checks = notes.health(harness.deps);
    expect(Object.keys(checks)).toEqual(['postgres', 'redis', 'kafka', 'greeting']);
    const signal = AbortSignal.timeout(5_000);
    await Promise.all(Object.values(checks).map((check) => check(signal)));
  });

  it('is ready on the schema of this build', async () => {
    for (const check of Object.values(notes.ready(harness.deps)))
      await expect(check()).resolves.toBeUndefined();
  });
});

describe('the warm-up', () => {
  it('leaves no rows, no log lines, no counts and no metrics', async () => {
    const { deps, metrics, logLines } = harness;
    const state = async () => ({
      notes: await deps.prisma.note.count(),
      events: await harness.events(),
      logged: logLines.length,
      requests: (await metrics.registry.getMetricsAsJSON()).find(({ name }) => /http_request/.test(name)),
    });
    const before = await state();
    await notes.warmUp(deps);
    expect(await state()).toEqual(before);
  });

  it("runs the service's own part on several connections, and throws what failed", async () => {
    let calls = 0;
    const warm = defineService({
      ...declaration,
      warmUp: async ({ sql }: typeof harness.deps) => {
        calls += 1;
        await sql.$queryRawUnsafe('SELECT 1 / 0');
      },
    });
    await expect(warm.warmUp(harness.deps)).rejects.toThrow('division by zero');
    expect(calls).toBeGreaterThanOrEqual(4);
  });

  it('fetches the keys of access tokens', async () => {
    let asked = '';
    const verifyAccessToken = async (token: string) => {
      asked = token;
      return harness.deps.verifyAccessToken(token);
    };
    await notes.warmUp({ ...harness.deps, verifyAccessToken });
    expect(asked.split('.')).toHaveLength(3);
    const unreachable = () =>
      Promise.reject(new AppError('dependency_unavailable', 'Sign-in cannot be checked.'));
    await expect(notes.warmUp({ ...harness.deps, verifyAccessToken: unreachable })).rejects.toThrow(
      'Sign-in cannot be checked',
    );
  });
});

describe('background work', () => {
  it('starts, carries an event from the outbox to a job, and stops', async () => {
    await harness.ensureTopics();
    const { deps, config, log, metrics } = harness;
    const tasks = notes.background(deps, { config, log, metrics });
    expect(tasks.map(({ name }) => name)).toEqual(['relay', 'consumers', 'jobs']);
    const author = await harness.user();
    await harness.call(author, 'POST', '/notes');
    await Promise.all(tasks.map((task) => task.start()));
    try {
      expect((await harness.call(author, 'DELETE', '/me')).status).toBe(204);
      const left = () => deps.prisma.note.count({ where: { authorId: author.userId } });
      await eventuallyPasses('every job is done', async () => expect(await left()).toBe(0), {
        timeoutMs: 30_000,
      });
      await eventuallyPasses('the relay has published every event', async () =>
        expect(await harness.events()).toEqual([]),
      );
      // The inbox has its partitions since the migration, and the job that every service has makes more.
      const { rows } = await deps.pool.query<{ name: string }>(
        `SELECT relid::regclass::text AS name FROM pg_partition_tree('inbox') WHERE isleaf ORDER BY 1`,
      );
      expect(rows.length).toBeGreaterThan(7);
      const scraped = await metrics.registry.metrics();
      expect(scraped).toMatch(
        /partitions_covered_until_timestamp_seconds\{table="inbox",service="notes"\} \d{10}/,
      );
      expect(scraped).toContain('partitions_default_rows{table="inbox",service="notes"} 0');
      const last = rows
        .map(({ name }) => name)
        .filter((name) => /\d{8}$/.test(name))
        .at(-1);
      await deps.pool.query(`DROP TABLE ${last}`);
      await deps.prisma.$transaction((tx) =>
        enqueueJob(tx, 'notes', { name: 'maintain_partitions', payload: {} }),
      );
      await eventuallyPasses('the job has made the missing partition', async () =>
        expect((await deps.pool.query('SELECT to_regclass($1) AS name', [last])).rows).toEqual([
          { name: last },
        ]),
      );
    } finally {
      await Promise.all(tasks.map((task) => task.stop()));
    }
    await harness.call(author, 'DELETE', '/me');
    expect(await harness.events(author.userId)).toMatchObject([{ type: 'user.deleted' }]);
  });
});

describe('closing', () => {
  it("closes the service's own dependencies and every client, even when Redis cannot be reached", async () => {
    const lonely: Harness<typeof notes.variables, typeof harness.deps> = await startHarness(notes, {
      ...{ logLevel: 'trace', env: { REDIS_URL: 'redis://127.0.0.1:1' } },
    });
    await lonely.stop();
    expect(lonely.logLines.join('')).toContain('own dependencies closed');
    let attempts = 0;
    lonely.deps.redis.on('connecting', () => {
      attempts += 1;
    });
    // Longer than the longest pause between two attempts of the client (1 s).
    await sleep(1_200);
    expect(attempts).toBe(0);
    await expect(lonely.deps.pool.query('SELECT 1')).rejects.toThrow('end');
  });
});
