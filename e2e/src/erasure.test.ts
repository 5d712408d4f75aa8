import { describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { call, expectCall } from './api.ts';
import { registerLearner } from './learner.ts';

interface Erasure {
  completedAt: string | null;
  pendingServices: string[];
}

describe('a learner who deletes their account', () => {
  it('is erased by every service, over Kafka, and can follow the erasure without an account', async () => {
    const learner = await registerLearner();
    const { token } = learner;
    const [course] = (
      await expectCall<{ items: { id: string }[] }>(200, 'GET', '/courses?language=en&forLanguage=vi', {
        token,
      })
    ).items;
    const outline = await expectCall<{ units: { lessons: { id: string }[] }[] }>(
      200,
      'GET',
      `/courses/${course?.id}`,
      { token },
    );
    const lessonId = outline.units[0]?.lessons[0]?.id;
    await expectCall([200, 201], 'POST', `/lessons/${lessonId}/start`, { token });
    await expectCall([200, 202], 'POST', '/ai/writing-feedback', {
      token,
      body: { text: 'I like tea and coffee.', languageTag: 'en' },
    });

    const wrong = await call('DELETE', '/users/me', { token, body: { password: 'not my password at all' } });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
    const { erasureId } = await expectCall<{ erasureId: string }>(202, 'DELETE', '/users/me', {
      token,
      body: { password: learner.password },
    });

    const erasure = await eventuallyPasses(
      'every service reports that it has erased them',
      async () => {
        const answer = await expectCall<Erasure>(200, 'GET', `/users/erasures/${erasureId}`);
        expect(answer.completedAt).toBeTruthy();
        return answer;
      },
      { timeoutMs: 60_000 },
    );
    expect(erasure.pendingServices).toEqual([]);
    expect(JSON.stringify(erasure)).not.toContain(learner.email);

    for (const path of ['/users/me', '/courses', '/progress', '/ai/usage'])
      expect([path, (await call('GET', path, { token })).status]).toEqual([path, 401]);
    const { email, password } = learner;
    expect((await call('POST', '/auth/login', { body: { email, password } })).status).toBe(401);
    expect(
      (await call('POST', '/auth/refresh', { body: { refreshToken: learner.refreshToken } })).status,
    ).toBe(401);
  });
});
