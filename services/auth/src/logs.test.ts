import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Harness, newPassword, startHarness } from './testing/harness.ts';
import { mailsTo, tokenIn } from './testing/inbox.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

test('no password, token, address or name is logged, whether requests succeed or fail', async () => {
  const account = await harness.register({ displayName: 'Thanh-Huyen' });
  const { email, password } = account;
  const secrets = [email, password, account.token, account.refreshToken, 'Thanh-Huyen'];
  const call = (method: string, path: string, body: unknown, token?: string) =>
    harness.call(method, path, { body, ...(token ? { token } : {}) });

  await call('POST', '/auth/register', { email, password });
  await call('POST', '/auth/register', { email: 'not an address 4711', password: 'password1234' });
  await call('POST', '/auth/login', { email, password: 'wrong guess 0815' });
  const refreshed = await call('POST', '/auth/refresh', { refreshToken: account.refreshToken });
  secrets.push(refreshed.body.refreshToken, refreshed.body.accessToken);
  await call('POST', '/auth/refresh', { refreshToken: refreshed.body.refreshToken });
  await harness.database.query(
    "UPDATE auth.sessions SET rotated_at = ARRAY(SELECT t - interval '1 minute' FROM unnest(rotated_at) t)",
  );
  await call('POST', '/auth/refresh', { refreshToken: account.refreshToken });
  await call('POST', '/auth/password/forgot', { email });
  await harness.runMails(account.userId);
  const mails = await mailsTo(email, 2);
  secrets.push(...mails.map(tokenIn), 'not an address 4711', 'password1234', 'wrong guess 0815');
  const reset = mails.find(({ subject }) => subject === 'Reset your password');
  const changed = newPassword();
  secrets.push(changed);
  await call('POST', '/auth/password/reset', { token: tokenIn(reset), newPassword: changed });
  const again = await harness.login({ email, password: changed });
  await call('PATCH', '/users/me', { displayName: 'Another Name 42' }, again.token);
  secrets.push('Another Name 42');
  const broken = await harness.withDeps({
    accessTokens: {
      ...harness.deps.accessTokens,
      sign: () => {
        throw new Error('broken');
      },
    },
  });
  const failed = await broken.call('POST', '/auth/login', { body: { email, password: changed } });
  expect(failed.status).toBe(500);
  await broken.close();
  await call('DELETE', '/users/me', { password: changed }, again.token);

  const logged = harness.logLines.join('');
  expect(harness.logLines.length).toBeGreaterThan(10);
  expect(logged).toContain('an old refresh token was used');
  for (const secret of secrets) expect(logged).not.toContain(secret);
});
