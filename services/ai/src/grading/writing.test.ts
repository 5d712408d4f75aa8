import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ended } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';

let harness: Harness;
let runner: { stop: () => Promise<void> };
let learner: User;
beforeAll(async () => {
  harness = await startHarness({ env: { AI_CALLS_PER_DAY: '5', AI_TOKENS_PER_DAY: '100000' } });
  runner = await harness.runJobs();
});
beforeEach(async () => {
  harness.fake.reset();
  learner = await harness.user();
});
afterAll(async () => {
  await runner?.stop();
  await harness?.stop();
});

const secret = 'She go to school in Zanzibar.';
const write = (body: object = {}, headers: Record<string, string> = {}) =>
  harness.call(learner, 'POST', '/ai/writing-feedback', {
    body: { text: secret, languageTag: 'en', level: 'A1', ...body },
    headers,
  });

describe('writing feedback', () => {
  test('is returned at once if the model is fast, and none of the text is recorded', async () => {
    const { status, body, headers } = await write();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'done', kind: 'writing', code: null, submissionId: null });
    expect(body.feedback).toMatchObject({ provider: 'openai', kind: 'writing' });
    expect(body.feedback.corrections).toMatchObject([{ original: 'go', suggestion: 'goes' }]);
    expect(headers.get('location')).toBe(`/api/v1/ai/jobs/${body.jobId}`);

    const events = await harness.events(learner.userId);
    expect(events.map(({ type }) => type)).toEqual(['invocation.recorded']);
    expect(events[0]?.data).toMatchObject({
      operation: 'writing_feedback',
      provider: 'openai',
      outcome: 'ok',
    });
    expect(JSON.stringify(events)).not.toMatch(/school|Zanzibar/);
    expect(
      await harness.database.query('SELECT text FROM ai.grading_jobs WHERE id = $1', [body.jobId]),
    ).toEqual([{ text: null }]);
    const { body: usage } = await harness.call(learner, 'GET', '/ai/usage');
    expect(usage).toMatchObject({
      calls: { used: 1, limit: 5 },
      tokens: { limit: 100_000 },
      provider: 'openai',
      canTranscribe: true,
    });
    expect(usage.tokens.used).toBeGreaterThan(0);
  });

  test('is returned as a job to poll if the model is slow', async () => {
    const answerWithinMs = 100;
    const quick = await harness.withDeps({ grading: { ...harness.deps.grading, answerWithinMs } });
    harness.fake.failNext({ delayMs: 400 });
    const response = await fetch(`${quick.base}/ai/writing-feedback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${learner.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: secret, languageTag: 'en' }),
    });
    const body = (await response.json()) as { jobId: string; status: string; feedback: null };
    expect(response.status).toBe(202);
    expect(body).toMatchObject({ feedback: null, finishedAt: null });
    expect(await ended(harness, learner, body.jobId)).toMatchObject({ status: 'done' });
    await quick.close();
  });

  test('is not lost when the client disconnects: a retry returns the same job, and only one call is made', async () => {
    const answer = Promise.withResolvers<void>();
    harness.fake.failNext({ until: answer.promise });
    const gone = new AbortController();
    const headers = { 'idempotency-key': 'gone-1' };
    const first = fetch(`${harness.base}/ai/writing-feedback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${learner.token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ text: secret, languageTag: 'en', level: 'A1' }),
      signal: gone.signal,
    });
    const left = expect(first).rejects.toThrow();
    await harness.until(async () => harness.fake.requests.length === 1);
    gone.abort();
    await left;
    answer.resolve();
    const { status, body } = await write({}, headers);
    expect(status).toBe(200);
    expect(body.feedback.corrections).toHaveLength(1);
    expect(harness.fake.requests).toHaveLength(1);
    const other = await write({ text: 'Another text.' }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
  });

  test('is retried after transient errors, with the delay that the provider asks for', async () => {
    harness.fake.failNext({ status: 429, retryAfterSeconds: 1 });
    const started = Date.now();
    expect((await write()).status).toBe(200);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_000);
    const outcomes = (await harness.events(learner.userId)).map(
      ({ data }) => (data as { outcome: string }).outcome,
    );
    expect(outcomes).toEqual(['failed', 'ok']);
  });

  test.each([
    ['a model that is too slow', { delayMs: 1_900 }],
    ['a server that is broken', { status: 500 }],
    ['a connection that is cut', { cut: 'midway' as const }],
  ])('fails with a stable code after all retries with %s', async (_name, failure) => {
    harness.fake.failNext(failure, failure, failure);
    const { status, body } = await write();
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'ai_provider_failed' });
    expect(harness.fake.requests).toHaveLength(3);
    const failed = (await harness.events(learner.userId)).filter(({ type }) => type === 'job.failed');
    expect(failed).toMatchObject([{ data: { code: 'ai_provider_failed', submissionId: null } }]);
  });

  test('is requested once more if the response does not fit the schema, and both calls count', async () => {
    harness.fake.failNext({ content: 'I think it is good.' });
    expect((await write()).body.status).toBe('done');
    expect((await harness.call(learner, 'GET', '/ai/usage')).body.calls.used).toBe(2);
  });

  test("refuses a learner's text that PostgreSQL cannot store, and repairs such text from the model", async () => {
    expect((await write({ text: 'one \0 two' })).body.errors).toMatchObject([{ path: 'body.text' }]);
    const content = { score: 0.5, summary: 'a\0b\ud83d', strengths: [], corrections: [] };
    harness.fake.failNext({ content: JSON.stringify(content) });
    expect((await write()).body.feedback).toMatchObject({ summary: 'ab\ufffd' });
  });

  test('is not retried if the provider refuses the key', async () => {
    harness.fake.failNext({ status: 401 });
    expect((await write()).body.code).toBe('ai_provider_failed');
    expect(harness.fake.requests).toHaveLength(1);
  });

  test('is refused over budget before the provider is called, but earlier feedback is still returned', async () => {
    const first = await write({}, { 'idempotency-key': 'first' });
    await harness.database.query('UPDATE ai.daily_usage SET calls = 5 WHERE user_id = $1', [learner.userId]);
    const calls = harness.fake.requests.length;
    const refused = await write();
    expect(refused.status).toBe(429);
    expect(refused.body.code).toBe('budget_exceeded');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(harness.fake.requests).toHaveLength(calls);
    expect((await write({}, { 'idempotency-key': 'first' })).body).toEqual(first.body);
    await harness.database.query('UPDATE ai.daily_usage SET calls = 0, tokens = 100000 WHERE user_id = $1', [
      learner.userId,
    ]);
    expect((await write()).body.code).toBe('budget_exceeded');
  });

  test('stays within the budget when many requests come at once', async () => {
    // Nothing runs until all requests have been made: twelve gradings wait, with a budget of five.
    await runner.stop();
    const grading = { ...harness.deps.grading, answerWithinMs: 0 };
    const hurried = await harness.withDeps({ grading });
    const jobIds: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { status, body } = await hurried.call(learner, 'POST', '/ai/writing-feedback', {
        body: { text: secret, languageTag: 'en', level: 'A1' },
      });
      expect(status).toBe(202);
      jobIds.push(body.jobId);
    }
    await hurried.close();
    runner = await harness.runJobs();
    const jobs = await Promise.all(jobIds.map((jobId) => ended(harness, learner, jobId)));
    expect(jobs.filter(({ status }) => status === 'done')).toHaveLength(5);
    expect(jobs.filter(({ code }) => code === 'budget_exceeded')).toHaveLength(7);
    expect(harness.fake.requests).toHaveLength(5);
  });

  test('stays within the budget when gradings run at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => write()));
    const codes = answers.map(({ status, body }) => (status < 300 ? 'accepted' : body.code));
    // Their transactions wait for each other, and a busy database refuses some (503): those cost nothing.
    const allowed = ['accepted', 'budget_exceeded', 'dependency_unavailable', 'request_timeout'];
    expect(codes.filter((code) => !allowed.includes(code))).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(5);
    expect(harness.fake.requests.length).toBeLessThanOrEqual(5);
  });

  test('is refused while too many gradings of the user are waiting', async () => {
    const grading = { ...harness.deps.grading, maxWaiting: 0 };
    const full = await harness.withDeps({ grading });
    const response = await fetch(`${full.base}/ai/writing-feedback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${learner.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: secret, languageTag: 'en' }),
    });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: 'rate_limited' });
    await full.close();
  });

  test('names invalid fields, and is visible only to its owner', async () => {
    const wrong = await write({ text: '  ', languageTag: 'not a tag', level: 'Z9', more: 1 });
    expect(wrong.status).toBe(400);
    const paths = wrong.body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['body.text', 'body.languageTag', 'body.level']));
    const { body } = await write();
    const stranger = await harness.user();
    expect((await harness.call(stranger, 'GET', `/ai/jobs/${body.jobId}`)).body.code).toBe('not_found');
    expect((await harness.call(null, 'GET', `/ai/jobs/${body.jobId}`)).status).toBe(401);
    expect((await harness.call(null, 'GET', '/ai/usage')).status).toBe(401);
  });
});
