import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Harness, newAddress, newEmail, startHarness } from '../testing/harness.ts';
import { cleanUpSessions } from './clean-up-sessions.ts';
import { maxSessions } from './session.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const meStatus = async ({ token }: Account) => (await harness.call('GET', '/users/me', { token })).status;
const refreshCode = async ({ refreshToken }: Account) =>
  (await harness.call('POST', '/auth/refresh', { body: { refreshToken }, ip: newAddress() })).body.code;
const revocations = async ({ userId }: Account) =>
  (await harness.events(userId)).filter(({ type }) => type === 'session.revoked').map(({ data }) => data);

describe('signing in', () => {
  test('gives a wrong password and an unknown address the same response', async () => {
    const { email } = await harness.register();
    const [wrong, unknown] = await Promise.all(
      [email, newEmail()].map((address) =>
        harness.call('POST', '/auth/login', {
          body: { email: address, password: 'wrong password' },
          ip: newAddress(),
        }),
      ),
    );
    expect(wrong?.status).toBe(401);
    const { requestId: _one, ...first } = wrong?.body ?? {};
    const { requestId: _two, ...second } = unknown?.body ?? {};
    expect(first).toEqual(second);
    expect(first.code).toBe('invalid_credentials');
  });

  test('names missing fields, and limits the length of the password', async () => {
    expect(await harness.call('POST', '/auth/login', { body: {} })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.email' }, { path: 'body.password' }] },
    });
    const body = { email: newEmail(), password: 'x'.repeat(5_000) };
    expect((await harness.call('POST', '/auth/login', { body })).status).toBe(400);
  });

  test(`on more than ${maxSessions} devices ends the session that was used longest ago`, async () => {
    const account = await harness.register();
    await harness.database.query(
      `INSERT INTO auth.sessions (id, user_id, token_hash, rotated_at, last_used_at, expires_at)
       SELECT gen_random_uuid(), $1, 'none', ARRAY[now()], now() + interval '1 second', now() + interval '1 day'
       FROM generate_series(1, $2)`,
      [account.userId, maxSessions - 1],
    );
    const newest = await harness.login(account);
    expect(await revocations(account)).toMatchObject([{ sessionId: account.sessionId }]);
    expect([await meStatus(account), await meStatus(newest)]).toEqual([401, 200]);
  });
});

describe('signing out', () => {
  test('ends this session: access token, refresh token, event', async () => {
    const account = await harness.register();
    const other = await harness.login(account);
    expect((await harness.call('POST', '/auth/logout', { token: account.token })).status).toBe(204);
    expect(await harness.call('GET', '/users/me', { token: account.token })).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
    expect(await refreshCode(account)).toBe('session_revoked');
    expect(await meStatus(other)).toBe(200);
    const [event] = await revocations(account);
    expect(event).toMatchObject({ sessionId: account.sessionId, reason: 'logout' });
    const { accessTokensExpireAt, revokedAt } = event as { accessTokensExpireAt: string; revokedAt: string };
    expect(Date.parse(accessTokensExpireAt) - Date.parse(revokedAt)).toBe(900_000);
  });

  test('everywhere ends them all', async () => {
    const account = await harness.register();
    const other = await harness.login(account);
    expect((await harness.call('POST', '/auth/logout-all', { token: other.token })).status).toBe(204);
    expect([await meStatus(account), await meStatus(other)]).toEqual([401, 401]);
    expect(await revocations(account)).toMatchObject([{ reason: 'logout_all' }, { reason: 'logout_all' }]);
  });

  test('ends the session of another device from the list', async () => {
    const account = await harness.register({ deviceName: 'Old phone' });
    const other = await harness.login(account);
    const list = () => harness.call('GET', '/auth/sessions', { token: other.token });
    expect((await list()).body).toMatchObject({
      items: [
        { id: other.sessionId, current: true, deviceName: null },
        { id: account.sessionId, current: false, deviceName: 'Old phone' },
      ],
      nextCursor: null,
    });
    const paged = await harness.call('GET', '/auth/sessions?limit=1', { token: other.token });
    const next = await harness.call('GET', `/auth/sessions?limit=1&cursor=${paged.body.nextCursor}`, {
      token: other.token,
    });
    expect(next.body.items.map(({ id }: { id: string }) => id)).toEqual([account.sessionId]);

    const end = (by: Account, sessionId: string) =>
      harness.call('DELETE', `/auth/sessions/${sessionId}`, { token: by.token });
    const stranger = await harness.register();
    expect((await end(stranger, account.sessionId)).status).toBe(404);
    expect(await meStatus(account)).toBe(200);
    expect((await end(other, account.sessionId)).status).toBe(204);
    expect(await meStatus(account)).toBe(401);
    expect((await end(other, account.sessionId)).status).toBe(404);
    expect((await list()).body.items).toHaveLength(1);
  });

  test('works while Redis is down, because this service queries its database', async () => {
    const account = await harness.register();
    const away = await harness.withDeps({
      sessionRevocations: {
        revoke: () => Promise.reject(new Error('Redis is down')),
        isRevoked: async () => false,
      },
    });
    try {
      expect((await away.call('POST', '/auth/logout', { token: account.token })).status).toBe(204);
    } finally {
      await away.close();
    }
    expect(await harness.deps.sessionRevocations.isRevoked(account.sessionId)).toBe(false);
    expect(await harness.call('GET', '/users/me', { token: account.token })).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
  });
});

test('clean-up deletes sessions that ended a week ago, and no live ones', async () => {
  const [old, recent, live] = [await harness.register(), await harness.register(), await harness.register()];
  const expire = ({ sessionId }: Account, days: number) =>
    harness.database.query(
      'UPDATE auth.sessions SET expires_at = now() - make_interval(days => $2) WHERE id = $1',
      [sessionId, days],
    );
  await expire(old, 8);
  await expire(recent, 6);
  await harness.runMails(live.userId);
  await harness.runMails(old.userId);
  await harness.database.query(
    "UPDATE auth.mail_tokens SET expires_at = now() - interval '1 minute' WHERE user_id = $1",
    [old.userId],
  );
  await cleanUpSessions(harness.deps, new AbortController().signal);
  const ids = (await harness.database.query<{ id: string }>('SELECT id FROM auth.sessions')).map(
    ({ id }) => id,
  );
  expect(ids).not.toContain(old.sessionId);
  expect(ids).toEqual(expect.arrayContaining([recent.sessionId, live.sessionId]));
  const tokens = await harness.database.query<{ user_id: string }>('SELECT user_id FROM auth.mail_tokens');
  expect(tokens.map(({ user_id }) => user_id)).toEqual([live.userId]);
});
