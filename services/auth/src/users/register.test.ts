import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { networkOf } from '../attempts/network-of.ts';
import { countTakenAnswer } from '../attempts/registration-attempts.ts';
import { type Harness, newAddress, newEmail, newPassword, startHarness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const register = (body: Record<string, unknown>, options: { ip?: string; key?: string } = {}) =>
  harness.call('POST', '/auth/register', {
    body,
    ip: options.ip ?? newAddress(),
    ...(options.key ? { headers: { 'idempotency-key': options.key } } : {}),
  });
const pathsOf = ({ body }: { body: { errors: { path: string }[] } }) => body.errors.map(({ path }) => path);

describe('registering', () => {
  test('creates the account, signs the user in, and publishes an event without personal data', async () => {
    const email = newEmail();
    const password = newPassword();
    const body = { displayName: 'Ngọc', locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh', deviceName: 'My phone' };
    const answer = await register({ email: ` ${email.toUpperCase()} `, password, ...body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      user: {
        id: expect.any(String),
        email,
        emailVerified: false,
        displayName: 'Ngọc',
        role: 'learner',
        locale: 'vi',
        timeZone: 'Asia/Ho_Chi_Minh',
        createdAt: expect.any(String),
      },
      sessionId: expect.any(String),
      accessToken: expect.any(String),
      accessTokenExpiresAt: expect.any(String),
      refreshToken: expect.any(String),
      refreshTokenExpiresAt: expect.any(String),
    });
    const me = await harness.call('GET', '/users/me', { token: answer.body.accessToken });
    expect(me).toMatchObject({ status: 200, body: answer.body.user });
    expect((await harness.login({ email, password })).userId).toBe(answer.body.user.id);

    const events = await harness.events(answer.body.user.id);
    expect(events).toMatchObject([
      {
        type: 'user.registered',
        data: { role: 'learner', locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh' },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(email);
    expect(JSON.stringify(events)).not.toContain('Ngọc');
    expect((await harness.jobs()).map(({ name, payload }) => [name, payload])).toContainEqual([
      'mail_verification',
      { userId: answer.body.user.id },
    ]);
  });

  test('uses the language of the app by default, and fills in optional fields', async () => {
    const body = { email: newEmail(), password: newPassword() };
    const answer = await harness.call('POST', '/auth/register', {
      body,
      headers: { 'accept-language': 'vi-VN, en;q=0.5' },
    });
    expect(answer.body.user).toMatchObject({ locale: 'vi-VN', timeZone: 'UTC', displayName: null });
  });

  test('names every field that is wrong at once', async () => {
    const answer = await register({
      email: 'nobody',
      password: 'short',
      displayName: '',
      locale: '!',
      timeZone: 'Mars/Base',
      role: 'admin',
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(pathsOf(answer).sort()).toEqual([
      'body',
      'body.displayName',
      'body.email',
      'body.locale',
      'body.password',
      'body.timeZone',
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('short');
  });

  test('refuses a password that is easy to guess, and names the field', async () => {
    const answer = await register({ email: newEmail(), password: 'password1234' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(pathsOf(answer)).toEqual(['body.password']);
  });

  test('reports that an address is taken, in any spelling, and changes nothing', async () => {
    const account = await harness.register();
    const answer = await register({ email: account.email.toUpperCase(), password: newPassword() });
    expect(answer).toMatchObject({ status: 409, body: { code: 'email_taken' } });
    expect(pathsOf(answer)).toEqual(['body.email']);
    expect((await harness.login(account)).userId).toBe(account.userId);
  });

  test('one address many times at once creates one account', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => register({ email, password: newPassword() })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  test('is limited for a network that has tried many taken addresses', async () => {
    const { email } = await harness.register();
    const ip = newAddress();
    for (let asked = 0; asked < 28; asked++) await countTakenAnswer(networkOf(ip), harness.deps);
    for (let asked = 0; asked < 2; asked++)
      expect((await register({ email, password: newPassword() }, { ip })).status).toBe(409);
    const body = { email: newEmail(), password: newPassword() };
    const refused = await register(body, { ip });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect((await register(body)).status).toBe(201);
  });
});

describe('registering again with the same Idempotency-Key', () => {
  test('returns a session of the same account after it was created', async () => {
    const key = randomUUID();
    const body = { email: newEmail(), password: newPassword() };
    const answers = await Promise.all([register(body, { key }), register(body, { key })]);
    answers.push(await register(body, { key }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const ids = answers.map((answer) => answer.body.user.id);
    expect(new Set(ids).size).toBe(1);
    expect(await harness.events(ids[0])).toHaveLength(1);
    for (const { body: signedIn } of answers)
      expect((await harness.call('GET', '/users/me', { token: signedIn.accessToken })).status).toBe(200);
  });

  test('for another account is refused', async () => {
    const key = randomUUID();
    await register({ email: newEmail(), password: newPassword() }, { key });
    expect(await register({ email: newEmail(), password: newPassword() }, { key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('after the password was changed is refused', async () => {
    const key = randomUUID();
    const body = { email: newEmail(), password: newPassword() };
    const first = await register(body, { key });
    await harness.call('POST', '/auth/password/change', {
      token: first.body.accessToken,
      body: { currentPassword: body.password, newPassword: newPassword() },
    });
    expect(await register(body, { key })).toMatchObject({
      status: 401,
      body: { code: 'invalid_credentials' },
    });
  });

  test('stores neither tokens nor a hash that would let the password be guessed', async () => {
    const key = randomUUID();
    const body = { email: newEmail(), password: newPassword() };
    const answer = await register(body, { key });
    const [row] = await harness.database.query<{ response: object; request_hash: string }>(
      'SELECT response, request_hash FROM auth.idempotency_keys WHERE key = $1',
      [key],
    );
    expect(row?.response).toEqual({ userId: answer.body.user.id });
    // SHA-256 in hex would be 64 characters; this is a keyed hash.
    expect(row?.request_hash).toHaveLength(43);
  });
});
