import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended, recorded, submissionOf } from '../testing/events.ts';
import { type Answer, type Harness, startHarness, type User } from '../testing/harness.ts';

let harness: Harness;
let runner: { stop: () => Promise<void> };
let learner: User;
beforeAll(async () => {
  harness = await startHarness({ provider: 'local', env: { AI_TIMEOUT_MS: '60000' } });
  // Loads the dictionary, which takes a long time on a busy machine.
  const onCall = () => undefined;
  const { signal } = new AbortController();
  await harness.deps.provider.writingFeedback({ text: 'I am here.', languageTag: 'en', signal, onCall });
  runner = await harness.runJobs();
  learner = await harness.user();
});
afterAll(async () => {
  await runner?.stop();
  await harness?.stop();
});

/** The grading of a text, once it has ended. */
async function graded(text: string, languageTag: string): Promise<Answer['body']> {
  const body = { text, languageTag };
  const answer = await harness.call(learner, 'POST', '/ai/writing-feedback', { body });
  return ended(harness, learner, answer.body.jobId);
}

test('writing is graded offline, and the feedback names the provider', async () => {
  const { feedback } = await graded('My name is Ngoc. She go to school every day. I like coffee.', 'en');
  expect(feedback).toMatchObject({ provider: 'local', model: 'harper-2' });
  expect(feedback.checks).not.toContain('task');
  expect(JSON.stringify(feedback)).toContain('goes');
  expect(harness.fake.requests).toHaveLength(0);
});

test('feedback in a language without a dictionary lists no grammar check', async () => {
  const { feedback } = await graded('me llamo Lan y vivo en Hanói', 'es');
  expect(feedback).toMatchObject({ provider: 'local', model: 'text-rules-1' });
  expect(feedback.checks).not.toContain('grammar');
});

test('a written submission results in feedback.ready with the provider local', async () => {
  const submission = submissionOf(learner);
  await harness.handle(submission);
  const ready = async () =>
    (await harness.events(learner.userId)).filter(({ type }) => type === 'feedback.ready');
  await harness.until(async () => (await ready()).length > 0);
  expect(await ready()).toMatchObject([
    { data: { submissionId: submission.data.submissionId, provider: 'local', kind: 'writing' } },
  ]);
});

test('speech is refused at once, in requests and submissions, because it needs an AI provider', async () => {
  const { assetId, ready } = await recorded(harness, learner);
  await harness.handle(ready);
  expect(await harness.jobs()).toEqual([]);
  const { status, body } = await harness.call(learner, 'POST', '/ai/speaking-feedback', {
    body: { assetId, expectedText: 'Hello', languageTag: 'en' },
  });
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'AI_PROVIDER_REQUIRED' });
  const submission = submissionOf(learner, { kind: 'speaking', text: null, assetId, expectedText: 'Hello' });
  await harness.handle(submission);
  const failed = async () =>
    (await harness.events(learner.userId)).filter(({ type }) => type === 'job.failed');
  await harness.until(async () => (await failed()).length > 0);
  expect(await failed()).toMatchObject([
    { data: { code: 'AI_PROVIDER_REQUIRED', submissionId: submission.data.submissionId } },
  ]);
  const usage = await harness.call(learner, 'GET', '/ai/usage');
  expect(usage.body).toMatchObject({ provider: 'local', canTranscribe: false });
});

test('the metrics name the provider', async () => {
  expect(await harness.metrics.registry.metrics()).toMatch(/ai_provider_info\{provider="local".*\} 1/);
});
