import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CloudEvent,
  createConsumerTask,
  createOutboxRelay,
  type EventData,
  type EventType,
  topicName,
  topics,
} from '@lms/events';
import { createMetrics } from '@lms/runtime';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { auth } from '../service.ts';
import { type Account, type Harness, newPassword, startHarness } from '../testing/harness.ts';
import { checkErasures } from './check-erasures.ts';
import { type ErasingService, erasingServices } from './erasure.ts';
import { onUserErased } from './on-user-erased.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const deleteMe = ({ token, password }: Account) =>
  harness.call('DELETE', '/users/me', { token, body: { password } });
const status = (erasureId: string) => harness.call('GET', `/users/erasures/${erasureId}`);

function eventOf<T extends EventType>(type: T, data: EventData<T>, subject: string): CloudEvent<T> {
  return {
    specversion: '1.0',
    id: uuidv7(),
    source: '/services/test',
    type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lms:event:${type}:1`,
    data,
  } as CloudEvent<T>;
}

const erased = (service: ErasingService, ids: { userId: string; erasureId: string }) =>
  eventOf(
    `user.erased.${service}`,
    { ...ids, service, erasedAt: new Date().toISOString() } as never,
    ids.userId,
  );
const handle = (event: { data: Parameters<typeof onUserErased>[0]['data'] }) =>
  harness.deps.prisma.$transaction((tx) => onUserErased(event, { tx, log: harness.log }));

describe("deleting one's account", () => {
  test('erases the data in this service at once, ends the sessions, and publishes the deletion', async () => {
    const account = await harness.register({ displayName: 'Ngọc' });
    const other = await harness.login(account);
    await harness.runMails(account.userId);
    const answer = await deleteMe(account);
    expect(answer.status).toBe(202);
    const { erasureId, statusUrl } = answer.body;
    expect(statusUrl).toBe(`/api/v1/users/erasures/${erasureId}`);
    expect(answer.headers.get('location')).toBe(statusUrl);

    for (const { token } of [account, other])
      expect(await harness.call('GET', '/users/me', { token })).toMatchObject({
        status: 401,
        body: { code: 'session_revoked' },
      });
    const { email, password, refreshToken } = account;
    const login = await harness.call('POST', '/auth/login', { body: { email, password } });
    expect(login).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect((await harness.call('POST', '/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    for (const table of ['users WHERE id', 'sessions WHERE user_id', 'mail_tokens WHERE user_id'])
      expect(await harness.database.query(`SELECT 1 FROM auth.${table} = $1`, [account.userId])).toEqual([]);

    const events = await harness.events(account.userId);
    expect(events.map(({ type }) => type)).toEqual([
      'user.registered',
      'session.revoked',
      'session.revoked',
      'user.deleted',
    ]);
    expect(events.at(-1)).toMatchObject({ data: { userId: account.userId, erasureId } });
    expect(JSON.stringify(events)).not.toContain(email);
    // The address is free again.
    expect((await harness.register({ email, password: newPassword() })).userId).not.toBe(account.userId);
  });

  test('works for a user with any number of sessions that have ended', async () => {
    const account = await harness.register();
    await harness.database.query(
      `INSERT INTO auth.sessions (id, user_id, token_hash, rotated_at, expires_at, revoked_at, revoke_reason)
       SELECT uuidv7(), $1, 'x', '{}', CASE WHEN n % 2 = 0 THEN now() + interval '1 day' ELSE now() - interval '1 day' END,
         CASE WHEN n % 2 = 0 THEN now() - interval '2 hours' END, CASE WHEN n % 2 = 0 THEN 'logout' END FROM generate_series(1, 2300) n`,
      [account.userId],
    );
    expect((await deleteMe(account)).status).toBe(202);
    const left = await harness.database.query('SELECT FROM auth.sessions WHERE user_id = $1', [
      account.userId,
    ]);
    expect(left).toEqual([]);
    const revoked = (await harness.events(account.userId)).filter(({ type }) => type === 'session.revoked');
    expect(revoked).toHaveLength(1);
  });

  test('requires the password', async () => {
    const account = await harness.register();
    const { token } = account;
    expect(await harness.call('DELETE', '/users/me', { token, body: { password: 'wrong' } })).toMatchObject({
      status: 401,
      body: { code: 'invalid_credentials', errors: [{ path: 'body.password' }] },
    });
    expect(await harness.call('DELETE', '/users/me', { token, body: {} })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.password' }] },
    });
    expect((await harness.call('GET', '/users/me', { token })).status).toBe(200);
  });

  test('twice at the same time has one effect', async () => {
    const account = await harness.register();
    const answers = await Promise.all([deleteMe(account), deleteMe(account), deleteMe(account)]);
    expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(2);
    const deleted = (await harness.events(account.userId)).filter(({ type }) => type === 'user.deleted');
    expect(deleted).toHaveLength(1);
  });

  test('during a sign-in leaves no session', async () => {
    const account = await harness.register();
    const { email, password } = account;
    const login = () => harness.call('POST', '/auth/login', { body: { email, password } });
    const [, ...logins] = await Promise.all([deleteMe(account), login(), login()]);
    for (const answer of logins) {
      expect([200, 401]).toContain(answer.status);
      if (answer.status === 200)
        expect((await harness.call('GET', '/users/me', { token: answer.body.accessToken })).status).toBe(401);
    }
  });
});

describe('an erasure', () => {
  test('is complete when the last service has reported, and names missing services until then', async () => {
    const account = await harness.register();
    const { erasureId } = (await deleteMe(account)).body;
    const ids = { userId: account.userId, erasureId };
    expect((await status(erasureId)).body).toEqual({
      erasureId,
      requestedAt: expect.any(String),
      pendingServices: ['content', 'media', 'ai'],
      completedAt: null,
    });
    await handle(erased('media', ids));
    await handle(erased('media', ids));
    expect((await status(erasureId)).body).toMatchObject({
      pendingServices: ['content', 'ai'],
      completedAt: null,
    });
    await Promise.all([handle(erased('ai', ids)), handle(erased('content', ids))]);
    const done = (await status(erasureId)).body;
    expect(done).toMatchObject({ pendingServices: [], completedAt: expect.any(String) });
    await handle(erased('content', ids));
    expect((await status(erasureId)).body).toEqual(done);
  });

  test('is not completed by events of another erasure', async () => {
    const account = await harness.register();
    const { erasureId } = (await deleteMe(account)).body;
    await handle(erased('media', { userId: uuidv7(), erasureId }));
    await handle(erased('media', { userId: account.userId, erasureId: uuidv7() }));
    expect((await status(erasureId)).body.pendingServices).toContain('media');
  });

  test('that takes more than a day is logged with the services that have not finished', async () => {
    const account = await harness.register();
    const { erasureId } = (await deleteMe(account)).body;
    const complaints = () => harness.logLines.filter((line) => line.includes('erasures are overdue'));
    await handle(erased('media', { userId: account.userId, erasureId }));
    await checkErasures(harness.deps);
    expect(complaints()).toEqual([]);
    await harness.database.query(
      "UPDATE auth.erasures SET requested_at = now() - interval '25 hours' WHERE id = $1",
      [erasureId],
    );
    await checkErasures(harness.deps);
    expect(complaints().map((line) => JSON.parse(line))).toMatchObject([
      { erasures: 1, oldest: erasureId, waitingFor: ['ai', 'content'] },
    ]);
  });

  test('that does not exist results in not_found', async () => {
    expect((await status(uuidv7())).status).toBe(404);
    expect((await status('x')).status).toBe(404);
  });
});

test('through Kafka, a deletion is published, the replies complete it, and revocations reach Redis', async () => {
  await harness.ensureTopics();
  const { deps, log } = harness;
  const metrics = createMetrics({ service: 'auth', nodeMetrics: false });
  const topicPrefix = harness.config.KAFKA_TOPIC_PREFIX;
  const events = { kafka: deps.kafka, topicPrefix, log, metrics };
  const tasks = [
    createOutboxRelay({ ...events, databaseUrl: harness.config.DATABASE_URL, schema: 'auth' }),
    createConsumerTask({
      ...events,
      service: 'auth',
      consumers: auth.consumers,
      deps,
      runTransaction: (work) => deps.prisma.$transaction(work),
    }),
  ];
  const producer = deps.kafka.createProducer();
  try {
    await Promise.all(tasks.map((task) => task.start()));
    // The session ended while Redis was down, so only the event revokes it there.
    const lost = await harness.register();
    const away = await harness.withDeps({
      sessionRevocations: { revoke: () => Promise.reject(new Error('away')), isRevoked: async () => false },
    });
    await away.call('POST', '/auth/logout', { token: lost.token });
    await away.close();

    const account = await harness.register();
    const { erasureId } = (await deleteMe(account)).body;
    const ids = { userId: account.userId, erasureId };
    await producer.send(
      erasingServices.map((service) => ({
        topic: topicName(topicPrefix, topics[service]),
        key: account.userId,
        value: JSON.stringify(erased(service, ids)),
      })),
    );
    const arrives = (what: string, assertions: () => Promise<unknown>) =>
      eventuallyPasses(what, assertions, { timeoutMs: 30_000 });
    await arrives('the erasure is complete', async () =>
      expect((await status(erasureId)).body.completedAt).toEqual(expect.any(String)),
    );
    await arrives('the session is revoked', async () =>
      expect(await deps.sessionRevocations.isRevoked(lost.sessionId)).toBe(true),
    );
    await arrives('every event is published', async () => expect(await harness.events()).toEqual([]));
  } finally {
    await producer.close();
    await Promise.all(tasks.map((task) => task.stop()));
  }
});
