import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeFailure, type FakeOpenAi, startFakeOpenAi } from '@lms/testing';
import { isWorthRetrying, type ProviderCall } from '../ai-provider.ts';
import { createOpenAiProvider, type OpenAiOptions } from './create-openai-provider.ts';

const text = 'She go to school every day.';
let fake: FakeOpenAi;
const calls: ProviderCall[] = [];

beforeAll(async () => {
  fake = await startFakeOpenAi();
});
beforeEach(() => {
  fake.reset();
  calls.length = 0;
});
afterAll(() => fake.close());

const providerWith = (options: Partial<OpenAiOptions> = {}) =>
  createOpenAiProvider({
    apiKey: fake.apiKey,
    baseUrl: fake.baseUrl,
    textModel: 'some-model',
    transcriptionModel: 'whisper-1',
    timeoutMs: 1_500,
    maxRetries: 0,
    ...options,
  });
const write = (options: Partial<OpenAiOptions> = {}, signal = new AbortController().signal) =>
  providerWith(options).writingFeedback({
    text,
    languageTag: 'en',
    prompt: 'Write about a day.',
    level: 'A1',
    signal,
    onCall: (call) => calls.push(call),
  });
const hear = (options: Partial<OpenAiOptions> = {}) =>
  providerWith(options).transcribe({
    audio: new Uint8Array(2_000),
    contentType: 'audio/mp4; codecs=aac',
    languageTag: 'vi-VN',
    expectedText: 'xin chào',
    signal: new AbortController().signal,
    onCall: (call) => calls.push(call),
  });
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) =>
      error as Error & { code: string; details: Record<string, unknown>; retryAfterSeconds?: number },
  );

describe('writing feedback from a model', () => {
  it('sends the text as data beside fixed instructions, and asks for the schema', async () => {
    await write();
    const body = fake.requests[0]?.body as {
      messages: { role: string; content: string }[];
      response_format: { type: string; json_schema: { name: string; strict: boolean } };
    };
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body.messages[0]?.content).not.toContain(text);
    expect(JSON.parse(body.messages[1]?.content ?? '')).toMatchObject({ learnerText: text, level: 'A1' });
    expect(body.response_format).toMatchObject({ type: 'json_schema', json_schema: { strict: true } });
  });

  it('counts the tokens of each call', async () => {
    await write();
    expect(calls[0]?.inputTokens).toBeGreaterThan(0);
    expect(calls[0]?.outputTokens).toBeGreaterThan(0);
  });

  it.each<[string, string]>([
    ['a response that is not JSON', 'Sure! Here is your feedback.'],
    ['another shape', '{"score":"high"}'],
    ['a score out of range', '{"score":7,"summary":"Good.","strengths":[],"corrections":[]}'],
  ])('asks once more after %s', async (_name, content) => {
    fake.failNext({ content });
    const feedback = await write();
    expect(feedback.corrections).toMatchObject([{ original: 'go', suggestion: 'goes' }]);
    expect(calls).toHaveLength(2);
    const messages = fake.requests[1]?.body.messages as { content: string }[];
    expect(messages.at(-1)?.content).toMatch(/does not fit/);
  });

  it('fails after the second invalid response, with an error that can be retried later', async () => {
    fake.failNext({ content: 'no' }, { content: 'still no' });
    const error = await failureOf(write());
    expect(error.details.reason).toBe('invalid_answer');
    expect(isWorthRetrying(error)).toBe(true);
    expect(fake.requests).toHaveLength(2);
  });

  it('reads JSON in a code fence', async () => {
    fake.failNext({
      content: '```json\n{"score":0.5,"summary":"Good.","strengths":[],"corrections":[]}\n```',
    });
    expect((await write()).score).toBe(0.5);
  });

  it('drops corrections of passages that are not in the text', async () => {
    const made = { original: 'nowhere', suggestion: 'x', message: 'm', category: 'grammar' };
    const real = { original: 'go', suggestion: 'goes', message: 'm', category: 'grammar' };
    fake.failNext({
      content: JSON.stringify({ score: 0.5, summary: 'Good.', strengths: [], corrections: [made, real] }),
    });
    expect((await write()).corrections).toMatchObject([{ start: 4, end: 6, original: 'go' }]);
  });
});

describe('failures of the server', () => {
  it.each<[string, FakeFailure, string, boolean]>([
    ['401', { status: 401, code: 'invalid_api_key' }, 'misconfigured', false],
    ['403', { status: 403 }, 'misconfigured', false],
    ['an unknown model', { status: 404, code: 'model_not_found' }, 'misconfigured', false],
    ['no credit left', { status: 429, code: 'insufficient_quota' }, 'misconfigured', false],
    ['400', { status: 400 }, 'rejected_input', false],
    ['429', { status: 429, retryAfterSeconds: 7 }, 'rate_limited', true],
    ['500', { status: 500 }, 'unavailable', true],
    ['503', { status: 503 }, 'unavailable', true],
    ['slowness', { delayMs: 3_000 }, 'unavailable', true],
    ['a connection cut before the answer', { cut: 'before' }, 'unavailable', true],
    ['a connection cut within the answer', { cut: 'midway' }, 'unavailable', true],
    ['a refusal', { refusal: 'I cannot help with that.' }, 'refused', false],
  ])('reads %s', async (_name, failure, reason, retryable) => {
    fake.failNext(failure);
    const error = await failureOf(write());
    expect(error).toMatchObject({ code: 'ai_provider_failed', details: { reason } });
    expect(isWorthRetrying(error)).toBe(retryable);
    expect(calls).toHaveLength(1);
  });

  it('reports how long to wait after 429', async () => {
    fake.failNext({ status: 429, retryAfterSeconds: 7 });
    expect((await failureOf(write())).retryAfterSeconds).toBe(7);
  });

  it('reports that a server is down', async () => {
    const gone = await startFakeOpenAi();
    await gone.close();
    const error = await failureOf(write({ baseUrl: gone.baseUrl }));
    expect(error.details).toMatchObject({ reason: 'unavailable', providerCode: 'ECONNREFUSED' });
  });

  it('retries exactly as often as configured', async () => {
    fake.failNext({ status: 500 }, { status: 500 });
    await write({ maxRetries: 2, timeoutMs: 5_000 });
    expect(fake.requests).toHaveLength(3);
    fake.reset();
    fake.failNext({ status: 500 }, { status: 500 });
    await failureOf(write({ maxRetries: 1, timeoutMs: 5_000 }));
    expect(fake.requests).toHaveLength(2);
  });

  it('aborts a call in flight when the caller disconnects', async () => {
    fake.failNext({ delayMs: 5_000 });
    const caller = new AbortController();
    const look = setInterval(() => {
      if (fake.requests.length === 0) return;
      clearInterval(look);
      caller.abort();
    }, 20);
    const error = await failureOf(write({ timeoutMs: 10_000 }, caller.signal));
    expect(error.details.reason).toBe('aborted');
  });

  it("keeps the key, the text and the server's message out of its errors", async () => {
    for (const failure of [
      { status: 401 },
      { status: 400 },
      { content: 'no' },
      { cut: 'midway' },
    ] as FakeFailure[]) {
      fake.reset();
      fake.failNext(failure, { content: 'no' });
      const error = await failureOf(write());
      const everything = JSON.stringify([error.message, error.stack, error.cause, error.details]);
      expect(everything).not.toContain(fake.apiKey);
      expect(everything).not.toContain(text);
      expect(error.cause).toBeUndefined();
    }
    const refused = await failureOf(write({ apiKey: 'another-key' }));
    expect(refused.details).toMatchObject({ reason: 'misconfigured', status: 401 });
    expect(JSON.stringify([refused.message, refused.stack, refused.details])).not.toContain('another-key');
  });
});

describe('transcription', () => {
  it('requests word timings from whisper, and does not send the expected text', async () => {
    fake.setTranscript({ text: ' xin chào ', words: [{ word: 'xin', start: 0.1, end: 0.4 }] });
    const result = await hear();
    expect(result).toMatchObject({
      transcript: 'xin chào',
      words: [{ word: 'xin', startMs: 100, endMs: 400 }],
    });
    expect(result.durationMs).toBe(600);
    const request = fake.requests[0];
    expect(request?.body).toMatchObject({
      language: 'vi',
      model: 'whisper-1',
      response_format: 'verbose_json',
    });
    expect(JSON.stringify(request?.body)).not.toContain('chào');
    expect(request?.file).toEqual({ name: 'recording.m4a', contentType: 'audio/mp4', sizeBytes: 2_000 });
  });

  it('returns only the text from models that do not return timings', async () => {
    const result = await hear({ transcriptionModel: 'gpt-4o-mini-transcribe' });
    expect(fake.requests[0]?.body).toMatchObject({ response_format: 'json' });
    expect(result.words).toBeUndefined();
    expect(result.durationMs).toBeNull();
    expect(calls[0]?.inputTokens).toBe(42);
  });

  it.each<[FakeFailure, string]>([
    [{ status: 400 }, 'rejected_input'],
    [{ status: 429 }, 'rate_limited'],
    [{ delayMs: 3_000 }, 'unavailable'],
  ])('maps the failure %j in the same way as writing feedback', async (failure, reason) => {
    fake.failNext(failure);
    expect((await failureOf(hear())).details.reason).toBe(reason);
  });
});
