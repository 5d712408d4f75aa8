import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Harness, newAddress, startHarness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const refresh = (refreshToken: string) =>
  harness.call('POST', '/auth/refresh', { body: { refreshToken }, ip: newAddress() });
const me = (token: string) => harness.call('GET', '/users/me', { token });
const sessionRow = async ({ sessionId }: Account) =>
  (
    await harness.database.query<{
      generation: number;
      expires_at: Date;
      revoke_reason: string | null;
      token_hash: string;
    }>('SELECT * FROM auth.sessions WHERE id = $1', [sessionId])
  )[0];
/** Moves every rotation of the session so far `seconds` into the past. */
const age = ({ sessionId }: Account, seconds: number) =>
  harness.database.query(
    `UPDATE auth.sessions SET rotated_at = ARRAY(SELECT t - make_interval(secs => $2) FROM unnest(rotated_at) t)
     WHERE id = $1`,
    [sessionId, seconds],
  );

describe('a refresh', () => {
  test('returns new tokens of the same session, and the access token works', async () => {
    const account = await harness.register();
    const answer = await refresh(account.refreshToken);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body.sessionId).toBe(account.sessionId);
    expect(answer.body.refreshToken).not.toBe(account.refreshToken);
    expect(answer.body.user).toMatchObject({ id: account.userId, email: account.email });
    expect((await me(answer.body.accessToken)).status).toBe(200);
    const lifeMs = Date.parse(answer.body.accessTokenExpiresAt) - Date.now();
    expect(lifeMs).toBeGreaterThan(14 * 60_000);
    expect(lifeMs).toBeLessThanOrEqual(15 * 60_000);
    expect(await sessionRow(account)).toMatchObject({ generation: 1, revoke_reason: null });
  });

  test('whose response was lost can be repeated, even days later, and returns the current token', async () => {
    const account = await harness.register();
    const lost = await refresh(account.refreshToken);
    await age(account, 2 * 86_400);
    const again = await refresh(account.refreshToken);
    expect(again.status).toBe(200);
    expect(again.body.refreshToken).toBe(lost.body.refreshToken);
    expect(await sessionRow(account)).toMatchObject({ generation: 1 });
    expect((await refresh(again.body.refreshToken)).status).toBe(200);
  });

  test('twice at the same moment returns the same token to both callers', async () => {
    const account = await harness.register();
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(account.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(await sessionRow(account)).toMatchObject({ generation: 1 });
    expect((await refresh(answers[0]?.body.refreshToken)).status).toBe(200);
  });

  test('with a recently replaced token returns the current one, however often it was replaced', async () => {
    const account = await harness.register();
    const first = await refresh(account.refreshToken);
    const second = await refresh(first.body.refreshToken);
    const third = await refresh(second.body.refreshToken);
    const late = await refresh(account.refreshToken);
    expect(late.status).toBe(200);
    expect(late.body.refreshToken).toBe(third.body.refreshToken);
  });

  test('with an older token ends the session for both holders, and tells both why', async () => {
    const account = await harness.register();
    const first = await refresh(account.refreshToken);
    const second = await refresh(first.body.refreshToken);
    await age(account, 11);
    const thief = await refresh(account.refreshToken);
    expect(thief).toMatchObject({ status: 401, body: { code: 'refresh_token_reused' } });
    const victim = await refresh(second.body.refreshToken);
    expect(victim).toMatchObject({ status: 401, body: { code: 'refresh_token_reused' } });
    expect(await me(second.body.accessToken)).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
    const revoked = (await harness.events(account.userId)).filter(({ type }) => type === 'session.revoked');
    expect(revoked).toMatchObject([
      { data: { sessionId: account.sessionId, userId: account.userId, reason: 'refresh_token_reused' } },
    ]);
  });

  test('with an old and a current token at the same time ends the session once for both', async () => {
    const account = await harness.register();
    const first = await refresh(account.refreshToken);
    const second = await refresh(first.body.refreshToken);
    await age(account, 11);
    await Promise.all([
      refresh(account.refreshToken),
      refresh(second.body.refreshToken),
      refresh(account.refreshToken),
    ]);
    expect((await refresh(second.body.refreshToken)).status).toBe(401);
    const revoked = (await harness.events(account.userId)).filter(({ type }) => type === 'session.revoked');
    expect(revoked).toHaveLength(1);
  });

  test('is refused for tokens that this service did not issue, without a database query', async () => {
    const account = await harness.register();
    const bytes = Buffer.from(account.refreshToken, 'base64url');
    const flipped = (at: number) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy.toString('base64url');
    };
    const forged = ['x', 'a'.repeat(200), `${account.refreshToken}=`, flipped(0), flipped(19), flipped(40)];
    const unusable = new Proxy({} as never, {
      get: () => {
        throw new Error('the database was queried');
      },
    });
    const withoutDatabase = await harness.withDeps({ prisma: unusable, sql: unusable });
    try {
      for (const refreshToken of forged) {
        const answer = await withoutDatabase.call('POST', '/auth/refresh', { body: { refreshToken } });
        expect(answer).toMatchObject({ status: 401, body: { code: 'refresh_token_invalid' } });
      }
    } finally {
      await withoutDatabase.close();
    }
    expect((await refresh(account.refreshToken)).status).toBe(200);
  });

  test('is refused if the session has been unused for too long', async () => {
    const account = await harness.register();
    await harness.database.query('UPDATE auth.sessions SET expires_at = now() WHERE id = $1', [
      account.sessionId,
    ]);
    expect(await refresh(account.refreshToken)).toMatchObject({
      status: 401,
      body: { code: 'refresh_token_invalid' },
    });
  });

  test('extends the session, but never beyond its maximum lifetime', async () => {
    const account = await harness.register();
    await harness.database.query(
      `UPDATE auth.sessions SET created_at = now() - interval '179 days', expires_at = now() + interval '1 hour'
       WHERE id = $1`,
      [account.sessionId],
    );
    const answer = await refresh(account.refreshToken);
    const leftMs = Date.parse(answer.body.refreshTokenExpiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(23 * 3_600_000);
    expect(leftMs).toBeLessThan(25 * 3_600_000);
  });

  test('stores only a keyed hash in the database', async () => {
    const account = await harness.register();
    const row = await sessionRow(account);
    const secret = Buffer.from(account.refreshToken, 'base64url').subarray(20, 52);
    const stored = JSON.stringify(row);
    expect(row?.token_hash).toHaveLength(43);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(stored).not.toContain(secret.toString(encoding).slice(0, 40));
    }
  });

  test('names the field that is missing', async () => {
    expect(await harness.call('POST', '/auth/refresh', { body: {} })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'body.refreshToken' }] },
    });
  });
});
