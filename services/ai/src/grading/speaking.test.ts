import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ended, recorded, submissionOf } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';

let harness: Harness;
let runner: { stop: () => Promise<void> };
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
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

const speak = (assetId: string, user = learner) =>
  harness.call(user, 'POST', '/ai/speaking-feedback', {
    body: { assetId, expectedText: 'Hello, my name is Lan.', languageTag: 'en', level: 'A1' },
  });
const transcriptions = () => harness.fake.requests.filter(({ path }) => path.endsWith('/transcriptions'));

describe('speaking feedback', () => {
  test('contains transcript, pronunciation and fluency, and is returned as a job to poll', async () => {
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    const { status, body } = await speak(assetId);
    expect(status).toBe(202);
    const grading = await ended(harness, learner, body.jobId);
    expect(grading).toMatchObject({ status: 'done', kind: 'speaking' });
    expect(grading.feedback).toMatchObject({
      provider: 'openai',
      transcript: 'Hello, my name is Lan.',
      score: 1,
    });
    expect(grading.feedback.fluency.wordsPerMinute).toBeGreaterThan(0);
    expect(transcriptions()).toMatchObject([{ file: { sizeBytes: 2_000 }, body: { language: 'en' } }]);
    const events = await harness.events(learner.userId);
    expect(events).toMatchObject([{ type: 'invocation.recorded', data: { operation: 'transcription' } }]);
    expect(JSON.stringify(events)).not.toContain('Lan');
  });

  test('transcribes a recording once, however many requests need it', async () => {
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    const answers = await Promise.all([speak(assetId), speak(assetId), speak(assetId)]);
    for (const { body } of answers) {
      expect(await ended(harness, learner, body.jobId)).toMatchObject({ status: 'done' });
    }
    expect(transcriptions()).toHaveLength(1);
  });

  test('waits for the event of a recording, and returns not_found for recordings of other users', async () => {
    const { assetId, ready } = await recorded(harness, learner);
    const { grading } = harness.deps;
    harness.deps.grading = { ...grading, recordingWithinMs: 30_000 };
    const early = speak(assetId);
    setTimeout(() => void harness.handle(ready), 150);
    expect((await early).status).toBe(202);
    harness.deps.grading = grading;
    const stranger = await harness.user();
    expect((await speak(assetId, stranger)).body.code).toBe('not_found');
    expect((await speak(uuidv7())).body.code).toBe('not_found');
  });

  test('is published once for a submission, even if events are delivered again', async () => {
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    const expectedText = 'Hello, my name is Lan.';
    const submission = submissionOf(learner, { kind: 'speaking', text: null, assetId, expectedText });
    await harness.handle(submission);
    await harness.handle(submission);
    await harness.until(async () => (await feedbackEvents()).length > 0);
    await harness.handle(submission);
    expect(await harness.jobs()).toEqual([]);
    expect(await feedbackEvents()).toMatchObject([
      {
        data: {
          submissionId: submission.data.submissionId,
          kind: 'speaking',
          score: 1,
          provider: 'openai',
          feedback: { transcript: 'Hello, my name is Lan.' },
        },
      },
    ]);
  });

  test('for a submission whose recording never arrives fails with a stable code', async () => {
    const assetId = uuidv7();
    await harness.handle(
      submissionOf(learner, { kind: 'speaking', text: null, assetId, expectedText: 'Hi' }),
    );
    await harness.until(async () => (await failures()).length > 0);
    expect(await failures()).toMatchObject([{ data: { code: 'media_missing' } }]);
  });

  test("for a submission with another user's recording is refused", async () => {
    const other = await harness.user();
    const { assetId, ready } = await recorded(harness, other);
    await harness.handle(ready);
    await harness.handle(
      submissionOf(learner, { kind: 'speaking', text: null, assetId, expectedText: 'Hi' }),
    );
    await harness.until(async () => (await failures()).length > 0);
    expect(await failures()).toMatchObject([{ data: { code: 'media_missing' } }]);
    expect(transcriptions()).toHaveLength(0);
  });

  test('is no longer possible for a deleted recording, whose transcript is deleted too', async () => {
    const { assetId, ready, deleted } = await recorded(harness, learner);
    await harness.handle(ready);
    await ended(harness, learner, (await speak(assetId)).body.jobId);
    await harness.handle(deleted);
    expect(
      await harness.database.query('SELECT 1 FROM ai.transcripts WHERE asset_id = $1', [assetId]),
    ).toEqual([]);
    expect((await speak(assetId)).body.code).toBe('not_found');
  });
});

describe('transcription ahead of time', () => {
  test("uses the language of the learner's last grading, and speaking feedback reuses the transcript", async () => {
    await harness.handle(submissionOf(learner, { languageTag: 'en-GB' }));
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    await harness.until(async () => (await heard(assetId)) === 1);
    await ended(harness, learner, (await speak(assetId)).body.jobId);
    expect(transcriptions()).toHaveLength(1);
  });

  test('does not run while the language is unknown, or for other files', async () => {
    const { ready } = await recorded(harness, learner);
    await harness.handle(ready);
    await harness.handle({ ...ready, data: { ...ready.data, assetId: uuidv7(), purpose: 'avatar' } });
    expect(await harness.jobs()).toEqual([]);
    expect(
      await harness.database.query('SELECT 1 FROM ai.recordings WHERE owner_id = $1', [learner.userId]),
    ).toHaveLength(1);
  });

  test('leaves half of the budget for requests of the learner', async () => {
    await harness.handle(submissionOf(learner));
    await harness.until(async () => (await feedbackEvents()).length > 0);
    await harness.database.query('UPDATE ai.daily_usage SET calls = 100 WHERE user_id = $1', [
      learner.userId,
    ]);
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    await harness.until(async () => (await harness.jobs()).length === 0);
    expect(transcriptions()).toHaveLength(0);
    expect(await ended(harness, learner, (await speak(assetId)).body.jobId)).toMatchObject({
      status: 'done',
    });
  });
});

const eventsOf = async (type: string) =>
  (await harness.events(learner.userId)).filter((event) => event.type === type);
const feedbackEvents = () => eventsOf('feedback.ready');
const failures = () => eventsOf('job.failed');
const heard = async (assetId: string) =>
  (
    await harness.database.query(
      'SELECT 1 FROM ai.transcripts WHERE asset_id = $1 AND transcription IS NOT NULL',
      [assetId],
    )
  ).length;
