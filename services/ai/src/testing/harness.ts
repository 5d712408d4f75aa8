import { createTestBucket, eventuallyPasses, startFakeOpenAi } from '@lms/testing';
import { startHarness as startServiceHarness } from '@lms/testing/harness';
import { ai } from '../service.ts';

export type { Answer, User } from '@lms/testing/harness';
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/**
 * The real app with its own database, bucket and topics, and a fake OpenAI server over HTTP.
 * `provider: 'local'` starts it without a key; `env` overrides the defaults.
 */
export async function startHarness({
  provider = 'openai',
  env = {},
}: {
  provider?: 'local' | 'openai';
  env?: Record<string, string>;
} = {}) {
  const [bucket, fake] = await Promise.all([createTestBucket('ai'), startFakeOpenAi()]);
  const harness = await startServiceHarness(ai, {
    bucket,
    env: {
      OPENAI_BASE_URL: fake.baseUrl,
      AI_TIMEOUT_MS: '1500',
      AI_MAX_RETRIES: '0',
      ...(provider === 'openai' ? { OPENAI_API_KEY: fake.apiKey } : {}),
      ...env,
    },
  });
  // Shorter times than in production, but long enough for a busy machine.
  harness.deps.grading = {
    ...harness.deps.grading,
    firstDelayMs: 20,
    maxDelayMs: 50,
    maxAttempts: 3,
    recordingWithinMs: 400,
    answerWithinMs: 13_000,
  };
  return {
    ...harness,
    bucket,
    fake,
    /** Waits up to a minute for something to become true. */
    until: (isTrue: () => Promise<boolean>): Promise<void> =>
      eventuallyPasses(
        `${isTrue}`,
        async () => {
          if (!(await isTrue())) throw new Error('it is not true yet');
        },
        { timeoutMs: 60_000 },
      ),
    async stop() {
      await harness.stop();
      await fake.close();
    },
  };
}
