import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Harness, newEmail, startHarness } from '../testing/harness.ts';
import { mailsTo, tokenIn } from '../testing/inbox.ts';
import { createMailer } from './mailer.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const verify = (token: string) => harness.call('POST', '/auth/email/verify', { body: { token } });

describe('confirming an address', () => {
  test('works once with the link that registration mailed, in the user’s language', async () => {
    const account = await harness.register({ locale: 'vi', displayName: 'Ngọc <b>' });
    expect(await harness.runMails(account.userId)).toBe(1);
    const [mail] = await mailsTo(account.email, 1);
    expect(mail?.subject).toBe('Xác nhận địa chỉ e-mail của bạn');
    expect(mail?.from[0]?.address).toBe('no-reply@lms.example');
    expect(mail?.text).toContain('Chào Ngọc <b>,');
    expect(mail?.text).toContain('https://app.example.com/verify-email#token=');
    expect(mail?.html).toContain('Ngọc &lt;b&gt;');
    expect(mail?.html).not.toContain('<b>');

    const token = tokenIn(mail);
    const stored = await harness.database.query('SELECT * FROM auth.mail_tokens');
    expect(JSON.stringify(stored)).not.toContain(token);
    expect((await verify(token)).status).toBe(204);
    const me = await harness.call('GET', '/users/me', { token: account.token });
    expect(me.body.emailVerified).toBe(true);
    expect(await verify(token)).toMatchObject({
      status: 422,
      body: { code: 'verification_token_invalid', errors: [{ path: 'body.token' }] },
    });
  });

  test('is sent in English to users of other languages', async () => {
    const account = await harness.register({ locale: 'fr' });
    await harness.runMails(account.userId);
    const [mail] = await mailsTo(account.email, 1);
    expect(mail?.subject).toBe('Confirm your e-mail address');
    expect(mail?.text).toMatch(/^Hello,/);
  });

  test('works with any of the mailed links, but only once', async () => {
    const account = await harness.register({ locale: 'en' });
    await harness.runMails(account.userId);
    expect((await harness.call('POST', '/auth/email/resend', { token: account.token })).status).toBe(204);
    await harness.runMails(account.userId);
    const [first, second] = await mailsTo(account.email, 2);
    expect(tokenIn(first)).not.toBe(tokenIn(second));
    expect((await verify(tokenIn(first))).status).toBe(204);
    expect((await verify(tokenIn(second))).status).toBe(422);
    await harness.call('POST', '/auth/email/resend', { token: account.token });
    expect(await harness.runMails(account.userId)).toBe(0);
  });

  test('fails with an expired link, and with the token of another kind of link', async () => {
    const account = await harness.register();
    await harness.runMails(account.userId);
    const late = tokenIn((await mailsTo(account.email, 1))[0]);
    await harness.database.query('UPDATE auth.mail_tokens SET expires_at = now() WHERE user_id = $1', [
      account.userId,
    ]);
    expect((await verify(late)).status).toBe(422);
    await harness.call('POST', '/auth/password/forgot', { body: { email: account.email } });
    await harness.runMails(account.userId);
    const reset = tokenIn((await mailsTo(account.email, 2)).find(({ subject }) => /Reset/.test(subject)));
    expect((await verify(reset)).status).toBe(422);
  });
});

describe('mails', () => {
  test('are limited to three per hour for one mailbox', async () => {
    const account = await harness.register();
    for (let asked = 0; asked < 5; asked++)
      await harness.call('POST', '/auth/email/resend', { token: account.token });
    await harness.runMails(account.userId);
    expect(await mailsTo(account.email, 3)).toHaveLength(3);
  });

  test('are retried when the server is down, with an error that contains no personal data', async () => {
    const account = await harness.register();
    const mailer = createMailer({ smtpUrl: 'smtp://127.0.0.1:1', from: 'no-reply@lms.example' });
    const { mailVerification } = await import('./mail-jobs.ts');
    const failure = await mailVerification(
      { userId: account.userId },
      { ...harness.deps, mailer },
      { log: harness.log },
    ).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'MailError', permanent: false });
    expect(String((failure as Error).message)).not.toContain(account.email);
    const left = await harness.database.query('SELECT 1 FROM auth.mail_tokens WHERE user_id = $1', [
      account.userId,
    ]);
    expect(left).toHaveLength(0);
    await harness.runMails(account.userId);
    expect(await mailsTo(account.email, 1)).toHaveLength(1);
  });

  test('are not sent to a deleted account', async () => {
    const account = await harness.register();
    await harness.database.query('DELETE FROM auth.users WHERE id = $1', [account.userId]);
    expect(await harness.runMails(account.userId)).toBe(1);
    expect(
      await harness.database.query('SELECT 1 FROM auth.mail_tokens WHERE user_id = $1', [account.userId]),
    ).toEqual([]);
  });

  test('cannot be redirected to another recipient by a crafted address', async () => {
    for (const email of [
      'a@example.com,b@example.com',
      `${newEmail()}\r\nBcc: b@example.com`,
      'A <a@example.com>',
    ]) {
      const answer = await harness.call('POST', '/auth/password/forgot', { body: { email } });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'body.email' }] } });
    }
  });
});
