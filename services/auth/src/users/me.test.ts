import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Harness, startHarness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

describe("the caller's profile", () => {
  test('can be changed; events carry language and time zone, never names', async () => {
    const { token, userId } = await harness.register({ displayName: 'Lan' });
    const patch = (body: unknown) => harness.call('PATCH', '/users/me', { token, body });
    expect(await patch({ displayName: 'Lan Anh' })).toMatchObject({
      status: 200,
      body: { displayName: 'Lan Anh' },
    });
    expect(await harness.events(userId)).toHaveLength(1);
    const answer = await patch({ locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh', displayName: null });
    expect(answer.body).toMatchObject({ locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh', displayName: null });
    expect((await harness.events(userId))[1]).toMatchObject({
      type: 'user.updated',
      data: { userId, role: 'learner', locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh' },
    });
    expect((await harness.call('GET', '/users/me', { token })).body).toEqual(answer.body);
  });

  test('refuses changes of role or address, and empty changes', async () => {
    const { token } = await harness.register();
    for (const body of [{ role: 'admin' }, { email: 'x@example.com' }, {}]) {
      const answer = await harness.call('PATCH', '/users/me', { token, body });
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    }
  });

  test('is refused without a token', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await harness.call(method, '/users/me', method === 'GET' ? {} : { body: {} })).status).toBe(
        401,
      );
    }
  });
});
