import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Account,
  type Harness,
  newAddress,
  newEmail,
  newPassword,
  startHarness,
} from '../testing/harness.ts';
import { mailsTo, tokenIn } from '../testing/inbox.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const forgot = (email: string) =>
  harness.call('POST', '/auth/password/forgot', { body: { email }, ip: newAddress() });
const reset = (token: string, password: string) =>
  harness.call('POST', '/auth/password/reset', { body: { token, newPassword: password } });
const change = (account: Account, currentPassword: string, password: string) =>
  harness.call('POST', '/auth/password/change', {
    token: account.token,
    body: { currentPassword, newPassword: password },
    ip: newAddress(),
  });
const loginStatus = async (email: string, password: string) =>
  (await harness.call('POST', '/auth/login', { body: { email, password }, ip: newAddress() })).status;
const meStatus = async ({ token }: Account) => (await harness.call('GET', '/users/me', { token })).status;

async function resetToken({ email, userId }: Account): Promise<string> {
  await forgot(email);
  await harness.runMails(userId);
  const mails = (await mailsTo(email, 2)).filter(({ subject }) => subject === 'Reset your password');
  return tokenIn(mails.at(-1));
}

describe('a forgotten password', () => {
  test('is reset once with the mailed link; every session ends and the address is confirmed', async () => {
    const account = await harness.register();
    const other = await harness.login(account);
    const token = await resetToken(account);
    const password = newPassword();
    expect((await reset(token, password)).status).toBe(204);
    expect(await loginStatus(account.email, account.password)).toBe(401);
    expect([await meStatus(account), await meStatus(other)]).toEqual([401, 401]);
    const again = await harness.login({ email: account.email, password });
    expect((await harness.call('GET', '/users/me', { token: again.token })).body.emailVerified).toBe(true);
    expect(await reset(token, newPassword())).toMatchObject({
      status: 422,
      body: { code: 'verification_token_invalid' },
    });
    const revoked = (await harness.events(account.userId)).filter(({ type }) => type === 'session.revoked');
    expect(revoked).toMatchObject([
      { data: { reason: 'password_changed' } },
      { data: { reason: 'password_changed' } },
    ]);
    await harness.runMails(account.userId);
    const subjects = (await mailsTo(account.email, 3)).map(({ subject }) => subject);
    expect(subjects).toContain('Your password was changed');
  });

  test('gets the same response after the same work if the account does not exist', async () => {
    const account = await harness.register();
    await harness.runMails(account.userId);
    const stranger = newEmail();
    const [known, unknown] = [await forgot(account.email), await forgot(stranger)];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(known.status).toBe(204);
    const jobs = (await harness.jobs()).map(({ name, payload }) => [name, payload]);
    expect(jobs).toContainEqual(['mail_password_reset', { userId: account.userId }]);
    expect(jobs).toContainEqual(['mail_password_reset', { userId: null }]);
    expect(JSON.stringify(jobs)).not.toContain('@');
    expect(await harness.runMails(null)).toBe(1);
    await harness.runMails(account.userId);
    expect(await mailsTo(account.email, 2)).toHaveLength(2);
    expect(await mailsTo(stranger, 0)).toHaveLength(0);
  });

  test('does not change if the new one is refused, and the link still works', async () => {
    const account = await harness.register();
    const token = await resetToken(account);
    for (const weak of ['short', 'password1234', account.email]) {
      expect(await reset(token, weak)).toMatchObject({
        status: 400,
        body: { code: 'validation_failed', errors: [{ path: 'body.newPassword' }] },
      });
    }
    expect((await reset(token, newPassword())).status).toBe(204);
  });

  test('is reset only once when two requests use the link at the same time', async () => {
    const account = await harness.register();
    const token = await resetToken(account);
    const passwords = [newPassword(), newPassword()];
    const statuses = (await Promise.all(passwords.map((password) => reset(token, password)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([204, 422]);
    const working = await Promise.all(passwords.map((password) => loginStatus(account.email, password)));
    expect(working.sort()).toEqual([200, 401]);
  });

  test('is not reset with an expired link or a token of another kind', async () => {
    const account = await harness.register();
    await harness.runMails(account.userId);
    const verification = tokenIn((await mailsTo(account.email, 1))[0]);
    expect((await reset(verification, newPassword())).status).toBe(422);
    const token = await resetToken(account);
    await harness.database.query('UPDATE auth.mail_tokens SET expires_at = now() WHERE user_id = $1', [
      account.userId,
    ]);
    expect((await reset(token, newPassword())).status).toBe(422);
    expect((await reset('x', newPassword())).status).toBe(422);
    expect(await loginStatus(account.email, account.password)).toBe(200);
  });
});

describe('changing the password', () => {
  test('requires the current password, and ends all other sessions but not this one', async () => {
    const account = await harness.register();
    const other = await harness.login(account);
    const password = newPassword();
    expect(await change(account, 'not this one', password)).toMatchObject({
      status: 401,
      body: { code: 'invalid_credentials', errors: [{ path: 'body.currentPassword' }] },
    });
    expect((await change(account, account.password, password)).status).toBe(204);
    expect([await meStatus(account), await meStatus(other)]).toEqual([200, 401]);
    expect(await loginStatus(account.email, account.password)).toBe(401);
    expect(await loginStatus(account.email, password)).toBe(200);
    const { refreshToken } = account;
    expect((await harness.call('POST', '/auth/refresh', { body: { refreshToken } })).status).toBe(200);
  });

  test('invalidates links that reset it', async () => {
    const account = await harness.register();
    const token = await resetToken(account);
    expect((await change(account, account.password, newPassword())).status).toBe(204);
    expect((await reset(token, newPassword())).status).toBe(422);
  });

  test('counts wrong passwords in the same way as signing in', async () => {
    const account = await harness.register();
    const ip = newAddress();
    const guess = (currentPassword: string) =>
      harness.call('POST', '/auth/password/change', {
        token: account.token,
        body: { currentPassword, newPassword: newPassword() },
        ip,
      });
    for (let round = 0; round < 10; round++) expect((await guess('wrong')).status).toBe(401);
    expect((await guess(account.password)).status).toBe(429);
  });

  test('during a sign-in with the old one leaves no session of that sign-in', async () => {
    for (let round = 0; round < 4; round++) {
      const account = await harness.register();
      const { email, password } = account;
      const login = () =>
        harness.call('POST', '/auth/login', { body: { email, password }, ip: newAddress() });
      const [, ...logins] = await Promise.all([
        change(account, password, newPassword()),
        login(),
        login(),
        login(),
      ]);
      for (const { status, body } of logins) {
        if (status === 401) continue;
        expect((await harness.call('GET', '/users/me', { token: body.accessToken })).status).toBe(401);
      }
    }
  });
});
