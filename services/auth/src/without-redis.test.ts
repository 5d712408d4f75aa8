import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Harness, newAddress, newPassword, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  // Nothing listens on port 1.
  harness = await startHarness({ REDIS_URL: 'redis://127.0.0.1:1' });
});
afterAll(() => harness?.stop());

test('without Redis users can register, sign in, refresh and sign out, and stay signed out', async () => {
  const account = await harness.register();
  const { email, token, refreshToken } = await harness.login(account);
  const refreshed = await harness.call('POST', '/auth/refresh', { body: { refreshToken } });
  expect(refreshed.status).toBe(200);
  const change = { currentPassword: account.password, newPassword: newPassword() };
  expect((await harness.call('POST', '/auth/password/change', { token, body: change })).status).toBe(204);
  expect((await harness.call('GET', '/users/me', { token: account.token })).status).toBe(401);
  expect((await harness.login({ email, password: change.newPassword })).userId).toBe(account.userId);
  expect((await harness.call('POST', '/auth/logout', { token })).status).toBe(204);
  expect((await harness.call('GET', '/users/me', { token })).status).toBe(401);
  const ended = (await harness.events(account.userId)).filter(({ type }) => type === 'session.revoked');
  expect(ended.map(({ data }) => data)).toMatchObject([{ reason: 'password_changed' }, { reason: 'logout' }]);
});

test('without Redis wrong passwords are still counted', async () => {
  const { email } = await harness.register();
  const ip = newAddress();
  const statuses: number[] = [];
  for (let round = 0; round < 11; round++) {
    const body = { email, password: `wrong ${round}` };
    statuses.push((await harness.call('POST', '/auth/login', { body, ip })).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
});
